/**
 * Writes src/policy/analyze/istio-fields.ts, the fields and choices of Istio's kinds, from Istio's CRDs:
 *
 *   node scripts/istio-fields.ts customresourcedefinitions.gen.yaml VERSION
 *
 * The file is `kubernetes/customresourcedefinitions.gen.yaml` of the Go module istio.io/api, VERSION that module's version. Run it when Istio's
 * minor version changes; it is no step of `npm run generate`, because the module is in no npm package.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './wit.ts';

const OUTPUT = 'src/policy/analyze/istio-fields.ts';
const LINE = 138;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly enum?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** Equal shapes are written once, named after the field that had them first. */
const names = new Map<string, string>();
const lines: string[] = [];

/** What a field holds, in the notation that the output's header explains. */
function notation(field: string, schema: Schema): string {
  if (schema.items !== undefined) return `[]${notation(field, schema.items)}`;
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return '?';
  if (schema.enum !== undefined) return `=${schema.enum.filter((choice) => choice !== '').join('|')}`;
  if (schema.properties !== undefined) return `:${define(field, schema.properties)}`;
  if (typeof schema.additionalProperties === 'object') {
    const below = notation(field, schema.additionalProperties);
    return below.startsWith(':') ? `*${below.slice(1)}` : '?';
  }
  return schema.additionalProperties === true ? '?' : '';
}

function define(field: string, properties: Readonly<Record<string, Schema>>): string {
  const body = Object.entries(properties)
    .map(([name, schema]) => `${name}${notation(name, schema)}`)
    .sort()
    .join(' ');
  const known = names.get(body);
  if (known !== undefined) return known;
  const taken = new Set(names.values());
  let name = field;
  for (let count = 2; taken.has(name); count++) name = `${field}${count}`;
  names.set(body, name);
  lines.push(`${name}: ${body}`);
  return name;
}

const [file, version] = process.argv.slice(2);
if (file === undefined || version === undefined)
  throw new Error('usage: node scripts/istio-fields.ts customresourcedefinitions.gen.yaml VERSION');
const kinds: string[] = [];
for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
  // The file holds CustomResourceDefinitions and nothing else.
  const { group, names: naming, versions } = (document.toJS() as Definition).spec;
  const spec = versions.at(-1)?.schema.openAPIV3Schema.properties?.spec ?? {};
  kinds.push(`${naming.kind} ${group} ${versions.map(({ name }) => name).join('|')} ${notation(naming.kind, spec).slice(1)}`);
}

const wrapped = (text: readonly string[]) => text.flatMap((line) => wrap(line)).join('\n');

function wrap(line: string): readonly string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(' ')) {
    if (row !== '' && row.length + word.length + 1 > LINE) {
      rows.push(row);
      row = ' ';
    }
    row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row];
}

await writeFile(
  path.join(ROOT, OUTPUT),
  `// Written by scripts/istio-fields.ts from istio.io/api ${version}, kubernetes/customresourcedefinitions.gen.yaml. Do not edit.

/** One kind a line: kind, group, the versions that are served, the shape of \`spec\`. */
export const ISTIO_KINDS = \`
${wrapped(kinds.sort())}
\`;

/**
 * One shape a line, the rest of a long one indented below it: its name, then its fields. What follows a field's name tells what it
 * holds: \`[]\` a list of what follows, \`:shape\` an object, \`*shape\` a map of such objects, \`=A|B\` one of these texts, \`?\` anything, nothing a plain value.
 */
export const ISTIO_SHAPES = \`
${wrapped(lines.sort())}
\`;
`,
);
