import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { CHART_OPTIONS, readRole, withOptions } from '../../../scripts/chart-files.ts';
import { ROOT } from '../../../scripts/wit.ts';
import { OPTIONS, type Option, parseConfig } from '../../../src/config.ts';
import { isObject } from '../../../src/lib/json.ts';
import { KINDS } from '../../../src/sources/kubernetes/kinds.ts';
import { metricsIn } from '../../support/promql.ts';

const read = (...file: readonly string[]): string => readFileSync(path.join(ROOT, ...file), 'utf8');
const CHARTS = readdirSync(path.join(ROOT, 'charts'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
type Mapping = Readonly<Record<string, unknown>>;
const ALL: readonly Option<unknown>[] = Object.values(OPTIONS);

function mapping(value: unknown): Mapping {
  if (!isObject(value)) throw new Error(`no mapping: ${JSON.stringify(value)}`);
  return value;
}

describe.each(CHARTS)('the schema of %s', (chart) => {
  const schema = mapping(JSON.parse(read('charts', chart, 'values.schema.json')));

  /** A schema, behind its reference. */
  const resolve = (value: unknown): Mapping => {
    const { $ref, ...own } = mapping(value);
    if (typeof $ref !== 'string') return own;
    return { ...mapping(mapping(schema.$defs)[$ref.replace('#/$defs/', '')]), ...own };
  };

  /** Paths of the values that the schema does not know, and of mappings that take any key though they have some of their own. */
  const strays = (values: Mapping, node: Mapping, prefix: string): readonly string[] =>
    Object.entries(values).flatMap(([key, value]) => {
      const known = isObject(node.properties) ? node.properties[key] : undefined;
      if (known === undefined) return typeof node.additionalProperties === 'object' ? [] : [`${prefix}${key}`];
      const below = resolve(known);
      return isObject(value) && isObject(below.properties) ? strays(value, below, `${prefix}${key}.`) : [];
    });

  it('knows every value', () => {
    expect(strays(mapping(parse(read('charts', chart, 'values.yaml'))), schema, '')).toEqual([]);
  });

  it('has a value for every key that it knows, so that the README has it', () => {
    const missing = (node: Mapping, values: unknown, prefix: string): readonly string[] =>
      Object.entries(mapping(node.properties)).flatMap(([key, child]) => {
        if (prefix === '' && key === 'global') return [];
        const value = isObject(values) ? values[key] : undefined;
        if (value === undefined) return [`${prefix}${key}`];
        const below = resolve(child);
        // What lies in an empty mapping is described with it.
        return isObject(below.properties) && isObject(value) && Object.keys(value).length > 0
          ? missing(below, value, `${prefix}${key}.`)
          : [];
      });
    expect(missing(schema, parse(read('charts', chart, 'values.yaml')), '')).toEqual([]);
  });

  it('leaves no mapping open that has keys of its own', () => {
    const open = (node: unknown, at: string): readonly string[] => {
      if (Array.isArray(node)) return node.flatMap((item, index) => open(item, `${at}/${index}`));
      if (!isObject(node)) return [];
      const own = isObject(node.properties) && node.additionalProperties !== false && node.type === 'object' ? [at] : [];
      return [...own, ...Object.entries(node).flatMap(([key, value]) => open(value, `${at}/${key}`))];
    };
    expect(open(schema, '')).toEqual([]);
  });
});

describe('options in charts/mesh-mcp', () => {
  it('are those of the component, less secrets and what the chart sets', () => {
    for (const name of CHART_OPTIONS) expect(ALL.map((option) => option.name)).toContain(name);
    const schema = mapping(JSON.parse(read('charts/mesh-mcp/values.schema.json')));
    const names = Object.keys(mapping(mapping(mapping(schema.$defs).options).properties));
    const rest = ALL.filter(({ name, secret }) => !secret && !CHART_OPTIONS.includes(name)).map(({ name }) => name);
    expect(names).toEqual(rest);
  });

  it('have a secret of the chart for every secret of the component', () => {
    const schema = mapping(JSON.parse(read('charts/mesh-mcp/values.schema.json')));
    const values = mapping(mapping(mapping(mapping(mapping(schema.properties).secrets).properties).values).properties);
    const secrets = ALL.filter(({ secret }) => secret).map(({ name }) => name);
    expect([...Object.keys(values), 'COLLECT_TOKEN'].sort()).toEqual([...secrets].sort());
  });

  it('cannot be put into a schema without a place for them', () => {
    expect(() => withOptions('{}', ALL)).toThrow('has no $defs.options.properties');
  });
});

describe('the read role', () => {
  it('has a rule for each group, and the cluster’s own kinds only where roles are the cluster’s', () => {
    const role = mapping(parse(readRole(Object.values(KINDS))));
    const resources = (rules: unknown): readonly unknown[] =>
      Array.isArray(rules) ? rules.flatMap((rule) => mapping(rule).resources) : [];
    expect(resources(role.cluster)).toContain('namespaces');
    expect(resources(role.namespaced)).not.toContain('namespaces');
    expect(resources(role.cluster)).toHaveLength(Object.keys(KINDS).length);
  });
});

/** Every metric that the component exposes, and those of Linkerd's proxy that the alerts read. */
const METRICS = new Set([
  ...['counters', 'graph-metrics'].flatMap((file) =>
    [...read(`src/server/${file}.ts`).matchAll(/'(mesh_mcp_[a-z_]+)'/g)].map(([, name = '']) => name),
  ),
  'response_total',
  'response_latency_ms_bucket',
]);

describe('the dashboard', () => {
  const dashboard = mapping(JSON.parse(read('charts/mesh-mcp/files/dashboard.json')));
  const panels = Array.isArray(dashboard.panels) ? dashboard.panels.map(mapping) : [];

  it('asks for metrics that there are, in PromQL', () => {
    expect(METRICS).toContain('mesh_mcp_requests_total');
    const expressions = panels.flatMap(({ targets }) =>
      Array.isArray(targets) ? targets.map((target) => String(mapping(target).expr)) : [],
    );
    expect(expressions.length).toBeGreaterThanOrEqual(panels.length);
    for (const expression of expressions) {
      const names = metricsIn(expression.replaceAll('$__rate_interval', '5m'));
      expect(names.length, expression).toBeGreaterThan(0);
      for (const name of names) expect(METRICS, expression).toContain(name);
    }
  });

  it('has panels that do not lie on each other', () => {
    const cells = panels.flatMap(({ gridPos }) => {
      const { x, y, w, h } = mapping(gridPos) as Record<string, number>;
      if (x === undefined || y === undefined || w === undefined || h === undefined) throw new Error('a panel without a place');
      return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('alerts', () => {
  it('ask for metrics that there are', () => {
    const golden = parseAllDocuments(read('test/fixtures/charts/mesh-mcp/linkerd.golden.yaml')).map((document): unknown => document.toJS());
    const rule = mapping(golden.find((object) => isObject(object) && object.kind === 'PrometheusRule'));
    const groups = mapping(rule.spec).groups;
    const expressions = (Array.isArray(groups) ? groups : []).flatMap((group) => {
      const { rules } = mapping(group);
      return Array.isArray(rules) ? rules.map((each) => String(mapping(each).expr)) : [];
    });
    expect(expressions.length).toBeGreaterThan(10);
    for (const expression of expressions) for (const name of metricsIn(expression)) expect(METRICS, expression).toContain(name);
  });
});

describe('manifests outside of the charts', () => {
  /** Fails where the component would refuse these options, or does not know one. */
  const accept = (options: unknown): void => {
    const given = mapping(options);
    for (const name of Object.keys(given)) expect(ALL.map((option) => option.name)).toContain(name);
    parseConfig({ get: (name) => (given[name] === undefined ? undefined : String(given[name])) });
  };

  it('.wash/config.yaml builds what `npm run build` makes, and gives options that the component takes', () => {
    const { build, workload, dev } = mapping(parse(read('.wash/config.yaml')));
    expect(mapping(build)).toEqual({ command: 'npm run build', component_path: 'dist/mesh-mcp.wasm' });
    expect(read('scripts/build.ts')).toContain('mesh-mcp');
    expect(mapping(dev).address).toMatch(/^127\.0\.0\.1:\d+$/);
    const { config, allowedHosts } = mapping(workload);
    accept(config);
    const origins = Object.values(mapping(config)).flatMap((value) => /^https?:\/\/[^/]+/.exec(String(value))?.[0] ?? []);
    expect(allowedHosts).toEqual(origins);
  });

  it('deploy/wasmcloud gives options that the component takes, and lets it call its upstreams', () => {
    const [workload] = parseAllDocuments(read('deploy/wasmcloud/workload.yaml')).map((document): unknown => document.toJS());
    const spec = mapping(mapping(mapping(mapping(workload).spec).template).spec);
    const component = mapping(Array.isArray(spec.components) ? spec.components[0] : undefined);
    const { environment, allowedHosts } = mapping(component.localResources);
    const { config } = mapping(environment);
    accept(config);
    const origins = Object.values(mapping(config)).flatMap((value) => /^https?:\/\/[^/]+/.exec(String(value))?.[0] ?? []);
    expect([...(Array.isArray(allowedHosts) ? allowedHosts : [])].sort()).toEqual([...origins].sort());
  });

  it('wadm.yaml has the kinds that wadm knows (its own validation does not look), and options that the component takes', () => {
    const { apiVersion, kind, spec } = mapping(parse(read('wadm.yaml')));
    expect([apiVersion, kind]).toEqual(['core.oam.dev/v1beta1', 'Application']);
    const { components } = mapping(spec);
    const list = Array.isArray(components) ? components.map(mapping) : [];
    expect(list.map(({ name, type }) => [name, type])).toEqual([
      ['mesh-mcp', 'component'],
      ['http-server', 'capability'],
      ['http-client', 'capability'],
      ['keyvalue-nats', 'capability'],
    ]);
    const traits = list.flatMap((component) =>
      Array.isArray(component.traits) ? component.traits.map((trait) => mapping(trait).type) : [],
    );
    expect(traits).toEqual(['spreadscaler', 'link', 'link', 'link']);
    const { config } = mapping(mapping(list[0]).properties);
    accept(mapping(Array.isArray(config) ? config[0] : undefined).properties);
  });

  it('KUBERNETES_TOKEN_FROM names where the token is', () => {
    const config = (values: Readonly<Record<string, string>>) => parseConfig({ get: (name) => values[name] });
    expect(config({ KUBERNETES_TOKEN_FROM: 'token', token: ' abc\n' }).kubernetesToken).toBe('abc');
    expect(config({ KUBERNETES_TOKEN_FROM: 'token', token: 'abc', KUBERNETES_TOKEN: 'own' }).kubernetesToken).toBe('own');
    expect(config({ KUBERNETES_TOKEN_FROM: 'token' }).kubernetesToken).toBe('');
    expect(config({ token: 'abc' }).kubernetesToken).toBe('');
    expect(() => config({ KUBERNETES_TOKEN_FROM: 'token', token: 'a b' })).toThrow('KUBERNETES_TOKEN must be printable ASCII');
  });
});
