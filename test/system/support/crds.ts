import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../tools/cache.ts';
import type { KubeApiServer } from './kube-apiserver.ts';
import { until } from './wait.ts';

/** The CustomResourceDefinitions of a mesh, in one file. */
export interface CrdFile {
  readonly name: 'Gateway API' | 'Istio' | 'Linkerd';
  readonly path: string;
}

/**
 * The CustomResourceDefinitions that are there. Those of the Gateway API and of Istio are installed by `test/system/tools/install.ts`; Linkerd's are
 * in no package registry, so they count where `MESH_MCP_CRDS` names a folder with `linkerd.yaml`, and tests that need them are skipped elsewhere.
 */
export function availableCrds(): readonly CrdFile[] {
  const { MESH_MCP_CRDS } = process.env;
  const linkerd = MESH_MCP_CRDS === undefined || MESH_MCP_CRDS === '' ? undefined : join(MESH_MCP_CRDS, 'linkerd.yaml');
  return [
    { name: 'Gateway API', path: toolPath('gateway-api-crds.yaml') },
    { name: 'Istio', path: toolPath('istio-crds.yaml') },
    ...(linkerd !== undefined && existsSync(linkerd) ? [{ name: 'Linkerd' as const, path: linkerd }] : []),
  ];
}

/** Installs them. Resolves once every one of them is served, in discovery too. */
export async function installCrds(api: KubeApiServer, files: readonly Pick<CrdFile, 'path'>[] = availableCrds()): Promise<void> {
  for (const { path } of files) {
    const made = await api.kubectl(['apply', '--server-side', '--filename', path, '--output', 'name']);
    const names = made.split('\n').filter((name) => name !== '');
    await api.kubectl(['wait', '--for=condition=Established', '--timeout=60s', ...names]);
    await until(`${path} is served`, () => areServed(api, names));
  }
}

/** For a moment after it is established a resource answers 429 "storage is (re)initializing", and its group may be missing from discovery. */
async function areServed(api: KubeApiServer, names: readonly string[]): Promise<true | undefined> {
  for (const name of names) {
    const [resource = '', ...group] = name.slice(name.indexOf('/') + 1).split('.');
    const versions = await api.call('GET', `/apis/${group.join('.')}`);
    const preferred = versions.status === 200 ? preferredVersion(versions.body) : undefined;
    if (preferred === undefined) return undefined;
    const list = await api.call('GET', `/apis/${preferred}/${resource}?limit=1`);
    // 404: a resource need not have the version that its group prefers.
    if (list.status !== 200 && list.status !== 404) return undefined;
  }
  return true;
}

function preferredVersion(group: unknown): string | undefined {
  // As the API has it: `metav1.APIGroup`.
  return (group as { preferredVersion?: { groupVersion?: string } }).preferredVersion?.groupVersion;
}
