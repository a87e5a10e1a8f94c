import { execFileSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import { toolPath } from '../tools/cache.ts';

/** A base of this project renders to far less. */
const LARGEST_OUTPUT = 64 * 1024 * 1024;
/** It takes a second or two; more means that it hangs. */
const PATIENCE_MS = 60_000;

/** The objects of a kustomization, patched, as `kubectl apply -k` would send them. Throws with kubectl's own words where it cannot be built. */
export function kustomize(folder: string): readonly unknown[] {
  const output = execFileSync(toolPath('kubectl'), ['kustomize', folder], {
    encoding: 'utf8',
    maxBuffer: LARGEST_OUTPUT,
    timeout: PATIENCE_MS,
  });
  return parseAllDocuments(output).map((document): unknown => document.toJS());
}
