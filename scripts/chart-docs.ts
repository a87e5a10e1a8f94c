/**
 * The table of values in a chart's README, made from the comments in its values.yaml, which follow helm-docs: a comment that begins with `# --` describes the
 * key below it, with all that lies in it; `# @default -- TEXT` says what stands in the table as its default. `npm run generate` writes it.
 */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

/** One row: a key by its path, such as `image.tag`. */
export interface ValueRow {
  readonly path: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

const BEGIN = '<!-- Written by scripts/chart-docs.ts from values.yaml. Do not edit. -->';
const END = '<!-- End of the values. -->';

/** The README with its table of values as it should be. Throws where it has no place for one, or where a value has no description. */
export function withValues(readme: string, values: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README needs the lines "${BEGIN}" and "${END}", between which the values go`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${table(valueRows(values))}\n\n${readme.slice(end)}`;
}

function table(rows: readonly ValueRow[]): string {
  const lines = rows.map(({ path, type, default: fallback, description }) =>
    [`\`${path}\``, type, fallback, description].map((cell) => cell.replaceAll('|', '\\|')).join(' | '),
  );
  return ['| value | type | default | meaning |', '|---|---|---|---|', ...lines.map((line) => `| ${line} |`)].join('\n');
}

/** Every described value, in the order of the file. Throws an error that names those without a description. */
export function valueRows(values: string): readonly ValueRow[] {
  const document = parseDocument(values);
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  if (!isMap(document.contents)) throw new Error('values.yaml is no mapping');
  const missing: string[] = [];
  const rows = rowsOf(document.contents, document.commentBefore ?? '', '', missing);
  if (missing.length > 0) throw new Error(`values.yaml: no \`# --\` comment above ${missing.join(', ')}`);
  return rows;
}

/** `before` is the comment above the whole map, which the parser does not give to its first key. */
function rowsOf(map: YAMLMap, before: string, prefix: string, missing: string[]): readonly ValueRow[] {
  return map.items.flatMap((pair, index) => {
    const path = `${prefix}${String(keyOf(pair))}`;
    const own = isScalar(pair.key) ? (pair.key.commentBefore ?? '') : '';
    const comment = describe(index === 0 ? [before, map.commentBefore ?? '', own].join('\n') : own);
    const { value } = pair;
    if (comment !== undefined) return [{ path, type: typeOf(value), default: comment.default ?? shown(value), description: comment.text }];
    if (isMap(value) && value.items.length > 0) return rowsOf(value, '', `${path}.`, missing);
    missing.push(path);
    return [];
  });
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

/** The description in a comment: from its last line that begins with `--` to its end. */
function describe(comment: string): { readonly text: string; readonly default?: string } | undefined {
  const lines = comment.split('\n').map((line) => line.trim());
  const first = lines.findLastIndex((line) => line.startsWith('-- '));
  if (first < 0) return undefined;
  const own = lines.slice(first);
  const text = own
    .filter((line) => !line.startsWith('@default'))
    .join(' ')
    .slice(3)
    .trim();
  const fallback = own.find((line) => line.startsWith('@default -- '))?.slice('@default -- '.length);
  return fallback === undefined ? { text } : { text, default: fallback };
}

const json = (value: unknown): unknown => (isMap(value) || isScalar(value) || hasJson(value) ? value.toJSON() : value);

function hasJson(value: unknown): value is { readonly toJSON: () => unknown } {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function';
}

function typeOf(node: unknown): string {
  const value = json(node);
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'any';
  return { string: 'text', number: 'number', boolean: 'true or false', object: 'mapping' }[typeof value as string] ?? typeof value;
}

function shown(node: unknown): string {
  const value = json(node);
  return value === '' ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
