/** What of charts/ and deploy/wasmcloud/ is made from other files. `npm run generate` writes it. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { WRITABLE_KINDS } from '../src/change/writable.ts';
import { OPTIONS, type Option } from '../src/config.ts';
import { KINDS, type Kind } from '../src/sources/kubernetes/kinds.ts';
import { type RbacRule, rbacRules, writeRules } from '../src/sources/kubernetes/rbac.ts';
import { withValues } from './chart-docs.ts';
import { ROOT } from './wit.ts';

/** The product's chart. */
const CHART = 'charts/mesh-mcp';

/** Options that the chart sets from other values, so that they have one place each. */
export const CHART_OPTIONS = [
  ...[
    'ALLOWED_HOSTS',
    'ALLOWED_ORIGINS',
    'ANONYMOUS_ROLE',
    'JWKS_URL',
    'JWT_AUDIENCE',
    'JWT_ISSUER',
    'KEYVALUE_BUCKET',
    'KUBERNETES_TOKEN_FROM',
  ],
  ...['KUBERNETES_URL', 'LINKERD_NAMESPACE', 'NAMESPACES', 'ROLES'],
  ...['PETSTORE_URL', 'PROMETHEUS_TENANT', 'PROMETHEUS_URL', 'PROMETHEUS_USER', 'TOOLSETS'],
];

/** Path in the project and text of each file. */
export async function chartFiles(): Promise<readonly (readonly [string, string])[]> {
  const charts = (await readdir(path.join(ROOT, 'charts'), { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const readmes = charts.map(async ({ name }) => {
    const folder = path.join('charts', name);
    return [path.join(folder, 'README.md'), withValues(await text(folder, 'README.md'), await text(folder, 'values.yaml'))] as const;
  });
  return [
    ...(await Promise.all(readmes)),
    [path.join(CHART, 'files/read-role.yaml'), readRole(Object.values(KINDS))],
    [path.join(CHART, 'files/write-role.yaml'), writeRole(WRITABLE_KINDS.map((kind) => KINDS[kind]))],
    ['deploy/wasmcloud/read-role.yaml', clusterRole(Object.values(KINDS))],
    [path.join(CHART, 'values.schema.json'), withOptions(await text(CHART, 'values.schema.json'), Object.values(OPTIONS))],
  ];
}

function text(folder: string, file: string): Promise<string> {
  return readFile(path.join(ROOT, folder, file), 'utf8');
}

const RULES_HEADER = '# Written by scripts/chart-files.ts from the table in src/sources/kubernetes/kinds.ts. Do not edit.';

/** The same rights as an object, for whoever installs without the chart. */
function clusterRole(kinds: readonly Kind[]): string {
  const head = ['apiVersion: rbac.authorization.k8s.io/v1', 'kind: ClusterRole', 'metadata:', '  name: mesh-mcp-read'];
  return [RULES_HEADER, ...head, ...rulesText('rules', rbacRules(kinds)), ''].join('\n');
}

/** The rules that the graph needs: all of them for a ClusterRole, and those for kinds that lie in namespaces for Roles. */
export function readRole(kinds: readonly Kind[]): string {
  return [
    RULES_HEADER,
    ...rulesText('cluster', rbacRules(kinds)),
    ...rulesText('namespaced', rbacRules(kinds.filter(({ namespaced }) => namespaced))),
    '',
  ].join('\n');
}

/** The rules that the tools need which change something; all of their kinds lie in namespaces. */
function writeRole(kinds: readonly Kind[]): string {
  const header =
    '# Written by scripts/chart-files.ts from the tables in src/change/writable.ts and src/sources/kubernetes/kinds.ts. Do not edit.';
  return [header, ...rulesText('namespaced', writeRules(kinds)), ''].join('\n');
}

function rulesText(name: string, rules: readonly RbacRule[]): readonly string[] {
  const lines = rules.flatMap(({ apiGroups, resources, verbs }) => [
    `  - apiGroups: ${JSON.stringify(apiGroups)}`,
    `    resources: [${resources.join(', ')}]`,
    `    verbs: [${verbs.join(', ')}]`,
  ]);
  return [`${name}:`, ...lines];
}

const OPTIONS_BLOCK = /("options": \{[^{}]*"properties": \{\n)([\s\S]*?)(\n {6}\})/;

/** The schema of the values with the names of the options that `mcp.config` takes. Throws where the schema has no place for them. */
export function withOptions(schema: string, options: readonly Option<unknown>[]): string {
  if (!OPTIONS_BLOCK.test(schema)) throw new Error(`${CHART}/values.schema.json has no $defs.options.properties`);
  const names = options.filter(({ name, secret }) => !secret && !CHART_OPTIONS.includes(name)).map(({ name }) => name);
  const lines = names.map((name) => `        "${name}": { "$ref": "#/$defs/option" }`).join(',\n');
  return schema.replace(OPTIONS_BLOCK, (_, before: string, __, after: string) => `${before}${lines}${after}`);
}
