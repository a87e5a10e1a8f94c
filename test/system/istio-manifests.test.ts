import { spawn } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Manifest, manifestFiles } from './support/istio-package.ts';
import { type KubeApiServer, startKubeApiServer } from './support/kube-apiserver.ts';
import { DEPLOY } from './support/scripts.ts';
import { useServers } from './support/servers.ts';
import { toolPath } from './tools/cache.ts';

const ANALYZE = fileURLToPath(new URL('../../scripts/analyze.ts', import.meta.url));
const BUILDS = ['base', ...readdirSync(join(DEPLOY, 'overlays')).map((overlay) => `overlays/${overlay}`)];

const servers = useServers();
let api: KubeApiServer;

beforeAll(async () => {
  api = await startKubeApiServer(servers);
  await api.kubectl(['apply', '--server-side', '--filename', toolPath('istio-crds.yaml')]);
  await api.kubectl(['wait', '--for=condition=Established', '--all', 'customresourcedefinitions', '--timeout=60s']);
  // What the objects lie in has to be there for a dry run.
  const namespaces = readFileSync(join(DEPLOY, 'namespaces/namespaces.yaml'), 'utf8');
  await api.kubectl(['apply', '--server-side', '--filename', '-'], namespaces);
  await api.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } }]);
});

/** What the API server says to it, validation, defaults and CEL rules included; nothing is stored. */
const admit = (manifests: string): Promise<string> =>
  api.kubectl(['apply', '--server-side', '--dry-run=server', '--force-conflicts', '--filename', '-'], manifests);

/** Status and text of `npm run analyze`. */
function analyze(path: string): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [ANALYZE, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (status) => resolve({ status, output })));
}

describe('as shipped', () => {
  it.each(BUILDS)('every object of %s is admitted', async (build) => {
    const rendered = await api.kubectl(['kustomize', join(DEPLOY, build)]);
    const wanted = parseAllDocuments(rendered).length;
    expect(wanted).toBeGreaterThan(100);
    const answer = await admit(rendered);
    expect(answer.match(/serverside-applied \(server dry run\)/g)).toHaveLength(wanted);
  });

  it('our analysis finds no error in any of them', async () => {
    const { status, output } = await analyze(DEPLOY);
    expect(status, output).toBe(0);
    for (const build of BUILDS.slice(1)) expect(output).toContain(build);
  });

  it('Istio’s API versions are the current ones', async () => {
    const rendered = await api.kubectl(['kustomize', join(DEPLOY, 'overlays/production')]);
    const versions = new Set([...rendered.matchAll(/^apiVersion: (\S+\.istio\.io\/\S+)/gm)].map(([, version]) => version));
    // EnvoyFilter has no other version.
    expect([...versions].sort()).toEqual([
      'networking.istio.io/v1',
      'networking.istio.io/v1alpha3',
      'security.istio.io/v1',
      'telemetry.istio.io/v1',
    ]);
    expect(
      [...rendered.matchAll(/^apiVersion: networking\.istio\.io\/v1alpha3\nkind: (\S+)/gm)].every(([, kind]) => kind === 'EnvoyFilter'),
    ).toBe(true);
  });
});

/** The object with the name of one of its fields misspelt, and the misspelling: a field of the spec, of the labels’ place where there is nothing else. */
function misspell(object: Manifest): readonly [object: object, misspelt: string] {
  const { apiVersion, kind, metadata, ...rest } = object;
  const head = { apiVersion, kind, metadata };
  const [first] = Object.keys(rest);
  if (first === undefined) return [{ ...head, metadata: { ...metadata, labelsMistake: {} } }, 'labelsMistake'];
  const { spec } = object;
  const [inner] = first === 'spec' && typeof spec === 'object' && spec !== null ? Object.keys(spec) : [];
  const misspelt = `${inner ?? first}Mistake`;
  const rename = (fields: object, name: string): object =>
    Object.fromEntries(Object.entries(fields).map(([key, value]) => [key === name ? misspelt : key, value]));
  return [{ ...head, ...(inner === undefined ? rename(rest, first) : { spec: rename(Object(spec), inner) }) }, misspelt];
}

describe('one misspelt field in each file is refused by the API server', () => {
  it.each(manifestFiles())('%s', async (_, objects) => {
    // A ServiceAccount often has nothing to misspell.
    const [object] = objects.toSorted((one, other) => Object.keys(other).length - Object.keys(one).length);
    if (object === undefined) throw new Error('the list has only files with objects');
    const [wrong, misspelt] = misspell(object);
    await admit(JSON.stringify(object));
    await expect(admit(JSON.stringify(wrong))).rejects.toThrow(
      new RegExp(`${misspelt}: field not declared in schema|unknown field .*${misspelt}`),
    );
  });
});

/** Mistakes that are well-formed: only their meaning is wrong. */
interface Mistake {
  readonly file: string;
  readonly title: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** In the API server's refusal, or in the analysis. */
  readonly says: RegExp;
}

const REFUSED: readonly Mistake[] = [
  {
    file: 'destination-rules/mcp-llm.yaml',
    title: 'an unknown load balancer',
    from: 'simple: LEAST_REQUEST',
    to: 'simple: LEAST_CONNECTIONS',
    says: /Unsupported value: "LEAST_CONNECTIONS"/,
  },
  {
    file: 'destination-rules/mcp-llm.yaml',
    title: 'circuitBreaker, which DestinationRule never had',
    from: 'outlierDetection:',
    to: 'circuitBreaker:',
    says: /circuitBreaker/,
  },
  {
    file: 'gateway/ingress-gateway.yaml',
    title: 'an unknown TLS version',
    from: 'TLSV1_2',
    to: 'TLSV1_9',
    says: /Unsupported value: "TLSV1_9"/,
  },
  {
    file: 'security/services/peer-authentication.yaml',
    title: 'an unknown mTLS mode',
    from: 'mode: STRICT',
    to: 'mode: ALWAYS',
    says: /Unsupported value: "ALWAYS"/,
  },
  {
    file: 'security/services/mcp-rag.yaml',
    title: 'an unknown action',
    from: 'action: ALLOW',
    to: 'action: PERMIT',
    says: /Unsupported value: "PERMIT"/,
  },
  {
    file: 'service-entries/openai.yaml',
    title: 'an unknown resolution',
    from: 'resolution: DNS',
    to: 'resolution: DNSSEC',
    says: /Unsupported value: "DNSSEC"/,
  },
  {
    file: 'service-entries/openai.yaml',
    title: 'a port beyond all ports',
    from: 'number: 443',
    to: 'number: 70000',
    says: /port must be between 1-65535|70000/,
  },
  {
    file: 'telemetry/mesh/telemetry.yaml',
    title: 'more than every request traced',
    from: /randomSamplingPercentage: [\d.]+/,
    to: 'randomSamplingPercentage: 101',
    says: /less than or equal to 100/,
  },
  {
    file: 'virtual-services/mcp-debate.yaml',
    title: 'a time-out without a unit',
    from: /timeout: (\d+)s/,
    to: 'timeout: "$1"',
    says: /timeout.*duration|must be a valid duration/,
  },
  {
    file: 'virtual-services/mcp-debate.yaml',
    title: 'too large a number of retries’ type',
    from: /attempts: \d+/,
    to: 'attempts: many',
    says: /attempts/,
  },
];

const FOUND: readonly Mistake[] = [
  {
    file: 'virtual-services/mcp-debate.yaml',
    title: 'a subset that no DestinationRule has',
    from: 'subset: canary',
    to: 'subset: nightly',
    says: /error +IST0101 .*mcp-debate.*nightly/,
  },
  {
    file: 'gateway/ingress-gateway.yaml',
    title: 'a selector that selects no gateway',
    from: 'istio: ingressgateway',
    to: 'istio: ingresgateway',
    says: /(error|warning) +IST0101 .*mcp-ingress.*ingresgateway/,
  },
  {
    file: 'virtual-services/ingress.yaml',
    title: 'a port that the service does not have',
    from: 'number: 8080',
    to: 'number: 8081',
    says: /(error|warning) .*mcp-ingress.*8081/,
  },
  {
    file: 'security/services/mcp-rag.yaml',
    title: 'a policy that selects no pod',
    from: 'app: mcp-rag',
    to: 'app: mcp-rga',
    says: /warning +IST0127 .*mcp-rga/,
  },
  {
    file: 'rate-limits/services/local.yaml',
    title: 'a filter for no workload',
    from: 'app: mcp-gateway',
    to: 'app: mcp-gatewya',
    says: /warning +IST0127 .*mcp-gatewya/,
  },
];

describe('a mistake in meaning', () => {
  /** Plants it in a copy, and gives the copy's folder. */
  function plant({ file, from, to }: Mistake): string {
    const copy = servers.folder();
    cpSync(DEPLOY, copy, { recursive: true });
    const text = readFileSync(join(DEPLOY, file), 'utf8');
    const changed = text.replace(from, to);
    expect(changed, `${file} has no ${from}`).not.toBe(text);
    writeFileSync(join(copy, file), changed);
    return copy;
  }

  it.each(REFUSED)('$file: $title is refused by the API server', async (mistake) => {
    const file = join(plant(mistake), mistake.file);
    await expect(api.kubectl(['apply', '--server-side', '--dry-run=server', '--filename', file])).rejects.toThrow(mistake.says);
  });

  it.each(FOUND)('$file: $title is admitted by the API server and found by our analysis', async (mistake) => {
    const copy = plant(mistake);
    await admit(await api.kubectl(['kustomize', join(copy, 'base')]));
    const { output } = await analyze(copy);
    expect(output).toMatch(mistake.says);
  });
});
