import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { at } from '../istio/manifests.ts';

const DEMO = fileURLToPath(new URL('../../../deploy/petstore-demo/', import.meta.url));

/** A file of deploy/petstore-demo. */
export function text(path: string): string {
  return readFileSync(`${DEMO}${path}`, 'utf8');
}

/** The documents of a file there. Throws where YAML finds fault with one. */
export function documents(path: string): readonly unknown[] {
  return parseAllDocuments(text(path), { merge: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
    return document.toJS() as unknown;
  });
}

/** The one object of that kind and name in a file. */
export function object(path: string, kind: string, name: string): unknown {
  const found = documents(path).filter((each) => at(each, 'kind') === kind && at(each, 'metadata', 'name') === name);
  if (found.length !== 1) throw new Error(`${path} has ${found.length} objects ${kind}/${name}`);
  return found[0];
}
