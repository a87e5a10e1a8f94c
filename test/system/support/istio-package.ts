import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { DEPLOY } from './scripts.ts';

/**
 * Folders whose files no API server sees: Istio's installation and the pipelines are for other programs, overlays are patches of what is tested without them, and
 * the CRDs of cert-manager, which is not installed by us, are not at hand.
 */
const NOT_OBJECTS = ['istio/', 'gitops/', 'overlays/', 'patches/', 'scripts/', 'gateway/cert-manager/'];

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Every file of deploy/istio that is neither a script nor a text for readers, by its path there. */
export const PACKAGE_FILES: readonly string[] = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(yaml|json|mjs)$/.test(path))
  .sort();

/** The YAML files that hold objects of Kubernetes as they are applied. */
export function manifestFiles(): readonly (readonly [path: string, objects: readonly Manifest[]])[] {
  const paths = PACKAGE_FILES.filter(
    (path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml') && !NOT_OBJECTS.some((folder) => path.startsWith(folder)),
  );
  return paths.flatMap((path) => {
    const values = parseAllDocuments(readFileSync(join(DEPLOY, path), 'utf8')).map((document): unknown => document.toJS());
    const objects = values.filter(isManifest);
    return objects.length === 0 ? [] : [[path, objects] as const];
  });
}

function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && 'apiVersion' in value && 'kind' in value && 'metadata' in value;
}
