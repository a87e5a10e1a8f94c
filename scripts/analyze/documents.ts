import { type Document, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { isObject } from '../../src/lib/json.ts';

/** Input that cannot be read. The message says where and what to do. */
export class Unreadable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'Unreadable';
  }
}

/** A Kubernetes object as it stands in a file. */
export interface ManifestDocument {
  readonly value: unknown;
  /** The line of a field, such as `spec.http[0].route`, or of what of it there is; undefined where the text is not the user's own. */
  readonly lineOf: ((path: string) => number) | undefined;
  readonly file: string;
}

/** How often aliases may be followed in one document, so that a small text cannot become a huge object. */
const MOST_ALIASES = 100;

/** The objects in a YAML or JSON text of several documents. What is no Kubernetes object (a chart's values, an empty document) is left out. */
export function readDocuments(text: string, file: string, rendered = false): readonly ManifestDocument[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = error.linePos?.[0] ?? lines.linePos(error.pos[0]);
      throw new Unreadable(
        `${file}:${line}:${col}: this is no valid YAML: ${(error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, '')}`,
      );
    }
    const value = toValue(document, file);
    if (!isObject(value) || typeof value.apiVersion !== 'string' || typeof value.kind !== 'string') return [];
    return [{ value, file, lineOf: rendered ? undefined : (path: string) => lineOf(document, lines, path) }];
  });
}

function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new Unreadable(`${file}: too many aliases (&anchor, *alias); write the values out.`, error);
  }
}

const STEP = /([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** The line of the deepest part of a path that is there. */
function lineOf(document: Document, lines: LineCounter, path: string): number {
  const steps = [...path.matchAll(STEP)].map(([, name, index, quoted]): string | number =>
    index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : (name ?? ''),
  );
  for (let length = steps.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(steps.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
