import { serveDemo } from '../../adapters/node/demo-server.ts';
import { OPTIONS, TOOLSETS } from '../../config.ts';
import type { DemoHandler } from '../../demo/http.ts';
import { demoKubernetes } from '../../demo/kubernetes/api.ts';
import { BASE_PATH, createDemoPetstore } from '../../demo/petstore/petstore.ts';
import { demoPrometheus } from '../../demo/prometheus/api.ts';
import type { ClusterChoice } from './arguments.ts';
import { startClusterProxy } from './cluster-proxy.ts';
import { kubeconfigFiles, openKubeconfig } from './kubeconfig.ts';
import { followToken } from './token-file.ts';

/** What says where the upstreams are. */
export interface UpstreamChoices {
  readonly cluster?: ClusterChoice;
  readonly prometheus?: string | undefined;
  /** Whether tools may change the cluster. */
  readonly writes?: boolean;
  /** Whether time brings changes to a demo cluster. */
  readonly lively?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The servers that the component asks, as far as the host has to do with them: it starts those that are missing and stands before those that want more than an address. */
export class Upstreams {
  /** See `LocalHost`. */
  readonly remarks: string[] = [];
  readonly #config: Map<string, string>;
  readonly #say: (line: string) => void;
  readonly #open: (() => Promise<void> | void)[] = [];
  #changed: () => void = () => {};

  /** `config` are the component's options, which are completed in place. */
  constructor(config: Map<string, string>, say: (line: string) => void) {
    this.#config = config;
    this.#say = say;
  }

  /** Has an option been changed since the start, the listener is called. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** Finds or starts all of them. Rejects with an error fit for a user; what is open by then is for `close`. */
  async find({ cluster = { tag: 'options' }, prometheus, lively = false, writes = false, env }: UpstreamChoices): Promise<void> {
    if (prometheus !== undefined) this.#config.set('PROMETHEUS_URL', prometheus);
    if (!this.#config.has('PETSTORE_URL')) await this.#demoPetstore();
    if (writes) this.#offerChanges();
    if (cluster.tag === 'kubeconfig') await this.#kubeconfig(kubeconfigFiles(cluster.file, env), cluster.context, writes);
    if (cluster.tag === 'token-file') await this.#tokenFile(cluster.file);
    if (!this.#config.has('KUBERNETES_URL')) await this.#demoCluster(lively);
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((close) => close()));
  }

  async #demoPetstore(): Promise<void> {
    this.#config.set('PETSTORE_URL', (await this.#demo('demo Petstore', createDemoPetstore())) + BASE_PATH);
  }

  /** A cluster with its Prometheus: a demo cluster has no traffic in somebody's own. */
  async #demoCluster(lively: boolean): Promise<void> {
    // Nobody is harmed there.
    this.#offerChanges();
    // Cluster and traffic change together: both count from here.
    const life = lively ? { livelySinceMs: Date.now() } : {};
    this.#config.set('KUBERNETES_URL', await this.#demo('demo cluster', demoKubernetes({ lively, ...life })));
    if (!this.#config.has('PROMETHEUS_URL')) this.#config.set('PROMETHEUS_URL', await this.#demo('demo Prometheus', demoPrometheus(life)));
  }

  /** Offers all tools, unless the user has said which. */
  #offerChanges(): void {
    const { name } = OPTIONS.toolsets;
    if (!this.#config.has(name)) this.#config.set(name, TOOLSETS.join(','));
  }

  /** Starts a demo server, and gives its URL. */
  async #demo(name: string, handler: DemoHandler): Promise<string> {
    const server = await serveDemo(handler);
    this.#open.push(() => server.close());
    this.remarks.push(name);
    return server.url;
  }

  async #kubeconfig(files: readonly string[], context: string | undefined, writes: boolean): Promise<void> {
    const access = await openKubeconfig(files, context);
    const proxy = await startClusterProxy({ access, writes, say: this.#say });
    this.#open.push(() => proxy.close());
    this.#config.set('KUBERNETES_URL', proxy.url);
    this.#config.set('KUBERNETES_TOKEN', proxy.token);
    this.remarks.push(`context ${access.context}`);
  }

  async #tokenFile(file: string): Promise<void> {
    const changed = (token: string) => {
      this.#config.set('KUBERNETES_TOKEN', token);
      this.#changed();
    };
    const followed = await followToken({ file, changed, say: this.#say });
    this.#open.push(() => followed.close());
    this.#config.set('KUBERNETES_TOKEN', followed.token);
  }
}
