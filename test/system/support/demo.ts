import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { toolPath } from '../tools/cache.ts';
import { FIXTURES } from './helm.ts';
import type { KubeApiServer } from './kube-apiserver.ts';
import { type Script, scriptsIn } from './scripts.ts';
import type { Servers } from './servers.ts';

export const DEMO = fileURLToPath(new URL('../../../deploy/petstore-demo', import.meta.url));

/** What the stand-in of docker says of kind's network; IPv6 first, as docker may have it. */
export const SUBNETS = ['fc00:f853:ccd:e793::/64', '172.18.0.0/16'];
/** The first two addresses of the pool in it, in the order in which the demo asks for them. */
export const ECHO_ADDRESS = '172.18.255.200';
export const PETSTORE_ADDRESS = '172.18.255.201';
const MCP_HOST = 'petstore-mcp.localhost.cosmonic.sh';
/** How often the stand-ins of controllers look. Far below any time-out of the scripts. */
const LOOK_MS = 50;

const metadata = (name: string, namespace: string) => ({ name, namespace, labels: { app: name } });

function workload(kind: 'Deployment' | 'StatefulSet', name: string, namespace: string): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name, image: 'nothing-runs-here' }] } };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: metadata(name, namespace),
    spec: { replicas: 1, selector: { matchLabels: labels }, template, ...(kind === 'StatefulSet' ? { serviceName: name } : {}) },
  };
}

/**
 * What there is of Linkerd to whoever asks the API server: its namespaces, a registered injector, and an admission policy that injects as that does, by the
 * annotation of pod or namespace. Needs the API server's options `INJECTOR_OPTIONS`.
 */
export function linkerd(): readonly object[] {
  const inject = (holder: string): string =>
    `has(${holder}.metadata.annotations) && 'linkerd.io/inject' in ${holder}.metadata.annotations ? ${holder}.metadata.annotations['linkerd.io/inject']`;
  const admission = 'admissionregistration.k8s.io/v1beta1';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'linkerd' } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'linkerd-viz' } },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'linkerd-proxy-injector-webhook-config' },
      // For no object: nobody answers there.
      webhooks: [
        {
          name: 'linkerd-proxy-injector.linkerd.io',
          clientConfig: { service: { name: 'linkerd-proxy-injector', namespace: 'linkerd', path: '/' } },
          objectSelector: { matchLabels: { 'no-such-label': 'none' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    },
    {
      apiVersion: admission,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name: 'inject-linkerd' },
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: {
              // In a match condition there is no namespaceObject.
              expression: `(${inject('object')} : ${inject('namespaceObject')} : '') != 'enabled' ? Object{} : Object{
                metadata: Object.metadata{labels: {"linkerd.io/control-plane-ns": "linkerd"}},
                spec: Object.spec{initContainers: [Object.spec.initContainers{name: "linkerd-proxy", image: "linkerd-proxy", restartPolicy: "Always"}]}
              }`,
            },
          },
        ],
      },
    },
    {
      apiVersion: admission,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name: 'inject-linkerd' },
      spec: { policyName: 'inject-linkerd' },
    },
  ];
}

/** MetalLB's own chart and manifest, without the webhook: its process does not run here, and the API server would wait for it. */
export function writeMetallb(folder: string): { readonly chart: string; readonly manifest: string } {
  const chart = join(folder, 'metallb');
  cpSync(toolPath('metallb-chart'), chart, { recursive: true });
  rmSync(join(chart, 'templates/webhooks.yaml'));
  const manifest = join(folder, 'metallb-native.yaml');
  const documents = parseAllDocuments(readFileSync(toolPath('metallb.yaml'), 'utf8')).map((document): unknown => document.toJS());
  const kept = documents.filter((object) => object !== null && !JSON.stringify(object).includes('"kind":"ValidatingWebhookConfiguration"'));
  writeFileSync(manifest, kept.map((object) => `---\n${stringify(object, { aliasDuplicateObjects: false })}`).join(''));
  return { chart, manifest };
}

/**
 * Charts in place of Cosmonic Control's, which are not public: the CRD that the charts' tests have, and objects of the names and kinds that its documentation
 * shows. The licence key ends up in a Secret.
 */
export function writeControlCharts(folder: string): string {
  const charts = join(folder, 'control-charts');
  const { items } = parse(readFileSync(join(FIXTURES, 'crds/platform.yaml'), 'utf8'));
  const [crd] = items.filter((item: { metadata: { name: string } }) => item.metadata.name.startsWith('httptriggers.'));
  const namespace = 'cosmonic-system';
  const control = [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('licence', namespace),
      stringData: { key: '{{ required "cosmonicLicenseKey" .Values.cosmonicLicenseKey }}' },
    },
    workload('Deployment', 'cosmonic-operator', namespace),
    workload('StatefulSet', 'nats', namespace),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: metadata('ingress', namespace),
      spec: {
        type: '{{ .Values.envoy.service.type }}',
        selector: { app: 'envoy' },
        ports: [{ name: 'http', port: 80, nodePort: '{{ .Values.envoy.service.httpNodePort }}' }],
      },
    },
  ];
  writeChart(charts, 'cosmonic-control', control, [crd]);
  writeChart(charts, 'cosmonic-control-hostgroup', [workload('Deployment', 'hostgroup', namespace)], []);
  return charts;
}

function writeChart(folder: string, name: string, objects: readonly object[], crds: readonly object[]): void {
  const chart = join(folder, name);
  mkdirSync(join(chart, 'templates'), { recursive: true });
  mkdirSync(join(chart, 'crds'));
  writeFileSync(join(chart, 'Chart.yaml'), JSON.stringify({ apiVersion: 'v2', name, version: '0.3.0' }));
  const yaml = (object: object): string => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 });
  // A number in a template is text to the writer.
  const template = objects
    .map((object) => `---\n${yaml(object)}`)
    .join('')
    .replace(/nodePort: "(.*)"/, 'nodePort: $1');
  writeFileSync(join(chart, 'templates/all.yaml'), template);
  for (const [index, crd] of crds.entries()) writeFileSync(join(chart, `crds/${index}.yaml`), yaml(crd));
}

/** What is behind the addresses: echo, the Petstore and the ingress with the MCP server, told apart by the Host header. */
export interface Behind {
  readonly port: number;
  /** May be changed at any time. */
  readonly behaves: { mcpStatus: number; mcpDelayMs: number; petstoreStatus: number; toolFails: boolean; echoSays: string };
  /** Every Authorization header that the MCP server was sent, once each; the empty text for none. */
  readonly tokens: () => readonly string[];
}

export async function startBehind(servers: Servers): Promise<Behind> {
  const behaves = { mcpStatus: 200, mcpDelayMs: 0, petstoreStatus: 200, toolFails: false, echoSays: 'hello there\n' };
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    const answer = (status: number, text: string, type = 'text/plain'): void => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    request.on('end', async () => {
      if (request.headers.host === ECHO_ADDRESS) return answer(200, behaves.echoSays);
      if (request.headers.host === PETSTORE_ADDRESS) return answer(behaves.petstoreStatus, '{}', 'application/json');
      if (request.headers.host !== MCP_HOST || request.url !== '/v1/mcp') return answer(404, 'no route');
      tokens.add(request.headers.authorization ?? '');
      if (behaves.mcpDelayMs > 0) await pause(behaves.mcpDelayMs);
      return answer(behaves.mcpStatus, `event: message\ndata: ${JSON.stringify(mcp(body, behaves.toolFails))}\n\n`, 'text/event-stream');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.add({
    name: 'behind the addresses',
    log: () => '',
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return { port: address.port, behaves, tokens: () => [...tokens] };
}

function mcp(request: string, toolFails: boolean): object {
  const { id, method } = JSON.parse(request);
  const text = toolFails ? 'the Petstore does not answer' : '[]';
  const results: Readonly<Record<string, object>> = {
    initialize: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: { name: 'mesh-mcp', version: '0' } },
    'tools/call': { content: [{ type: 'text', text }], ...(toolFails ? { isError: true } : {}) },
  };
  return { jsonrpc: '2.0', id, result: results[method] ?? {} };
}

/** Stand-ins of the two controllers of which no process runs here. Each may be switched at any time. */
export interface Controllers {
  /** Gives Services of type LoadBalancer the addresses of MetalLB's pool, in order. */
  addresses: boolean;
  /** The condition Ready that an HTTPTrigger gets. */
  triggers: 'ready' | 'failing' | 'unseen';
}

export function startControllers(servers: Servers, api: KubeApiServer): Controllers {
  const switches: Controllers = { addresses: true, triggers: 'ready' };
  const problems: string[] = [];
  let running = true;
  const loop = (async () => {
    while (running) {
      try {
        if (switches.addresses) await giveAddresses(api);
        if (switches.triggers !== 'unseen') await judgeTriggers(api, switches.triggers === 'ready');
      } catch (error) {
        problems.push(String(error));
      }
      await pause(LOOK_MS);
    }
  })();
  servers.add({
    name: 'controllers',
    log: () => problems.join('\n'),
    stop: async () => {
      running = false;
      await loop;
    },
  });
  return switches;
}

interface Listed {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation?: number };
  readonly spec: { readonly type?: string; readonly addresses?: readonly string[] };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] };
    readonly conditions?: readonly { readonly status: string }[];
  };
}

async function list(api: KubeApiServer, path: string): Promise<readonly Listed[]> {
  const { status, body } = await api.call('GET', path);
  // As the API has it: a list of objects. 404: nobody has installed the kind yet.
  return status === 200 ? (body as { items: readonly Listed[] }).items : [];
}

async function giveAddresses(api: KubeApiServer): Promise<void> {
  const [pool] = await list(api, '/apis/metallb.io/v1beta1/ipaddresspools');
  const first = pool?.spec.addresses?.[0]?.replace(/-.*/, '');
  if (first === undefined) return;
  const services = (await list(api, '/api/v1/services')).filter(({ spec }) => spec.type === 'LoadBalancer');
  const given = new Set(services.flatMap(({ status }) => status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? []));
  for (const { metadata: service, status } of services) {
    if (status?.loadBalancer?.ingress !== undefined) continue;
    const [network, start] = [first.replace(/\d+$/, ''), Number(first.replace(/.*\./, ''))];
    let host = start;
    while (given.has(`${network}${host}`)) host++;
    given.add(`${network}${host}`);
    const path = `/api/v1/namespaces/${service.namespace}/services/${service.name}/status`;
    await api.call('PATCH', path, { status: { loadBalancer: { ingress: [{ ip: `${network}${host}` }] } } });
  }
}

async function judgeTriggers(api: KubeApiServer, ready: boolean): Promise<void> {
  const wanted = ready ? 'True' : 'False';
  for (const { metadata: trigger, status } of await list(api, '/apis/control.cosmonic.io/v1alpha1/httptriggers')) {
    if (status?.conditions?.[0]?.status === wanted) continue;
    const path = `/apis/control.cosmonic.io/v1alpha1/namespaces/${trigger.namespace}/httptriggers/${trigger.name}/status`;
    const condition = {
      type: 'Ready',
      status: wanted,
      reason: ready ? 'Running' : 'ImagePullFailed',
      message: ready ? '' : 'no such image',
    };
    await api.call('PATCH', path, { status: { conditions: [condition] } });
  }
}

/** The scripts of the demo with what they call: real kubectl, Helm and curl; stand-ins of docker and linkerd, which answer from files in `folder`. */
export interface DemoScripts {
  readonly script: Script;
  /** What helm was given, a call a line. */
  readonly helmCalls: () => string;
  /** What docker says from now on. */
  readonly setSubnets: (subnets: readonly string[]) => void;
  /** What `linkerd viz edges` and `linkerd viz stat` say from now on. */
  readonly setEdges: (edges: readonly object[]) => void;
  readonly setStat: (stat: readonly object[]) => void;
  /** Whether `linkerd check` is content. */
  readonly setLinkerd: (healthy: boolean) => void;
}

export function demoScripts(kubeconfig: string, folder: string, port: number, env: Readonly<Record<string, string>>): DemoScripts {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  mkdirSync(join(folder, 'tmp'));
  const file = (name: string): string => join(folder, name);
  const program = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(bin, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  const write = (name: string, value: unknown): void => writeFileSync(file(name), `${JSON.stringify(value, null, 2)}\n`);
  symlinkSync(toolPath('kubectl'), join(bin, 'kubectl'));
  program('helm', [`echo "$*" >> ${file('helm-calls')}`, `exec ${toolPath('helm')} "$@"`]);
  program('docker', [
    'case "$*" in',
    `  "network inspect kind "*) cat ${file('subnets')} ;;`,
    '  --version) echo "Docker version 28.1.1, build 0" ;;',
    'esac',
  ]);
  program('linkerd', [
    'case "$*" in',
    '  version*) echo "Client version: edge-26.10.1" ;;',
    `  check*) if [ -f ${file('unhealthy')} ]; then echo "× issuer cert is valid"; exit 1; fi ;;`,
    `  "viz edges "*) cat ${file('edges')} ;;`,
    `  "viz stat deployment --namespace petstore "*) cat ${file('stat')} ;;`,
    '  "viz stat "*) echo "[]" ;;',
    'esac',
  ]);
  // curl reads this file by itself: the addresses lead to this machine.
  const lead = [ECHO_ADDRESS, PETSTORE_ADDRESS].map((address) => `connect-to = "${address}:80:127.0.0.1:${port}"\n`);
  writeFileSync(file('.curlrc'), lead.join(''));
  writeFileSync(file('helm-calls'), '');
  const setSubnets = (subnets: readonly string[]): void => writeFileSync(file('subnets'), `${subnets.join('\n')}\n\n`);
  setSubnets(SUBNETS);
  write('edges', []);
  write('stat', []);
  const path = `${bin}:/usr/bin:/bin`;
  return {
    script: scriptsIn(DEMO, { PATH: path, HOME: folder, TMPDIR: file('tmp'), KUBECONFIG: kubeconfig, ...env }),
    helmCalls: () => readFileSync(file('helm-calls'), 'utf8'),
    setSubnets,
    setEdges: (edges) => write('edges', edges),
    setStat: (stat) => write('stat', stat),
    setLinkerd: (healthy) => (healthy ? rmSync(file('unhealthy'), { force: true }) : writeFileSync(file('unhealthy'), '')),
  };
}
