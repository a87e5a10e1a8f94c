import { describe, expect, it } from 'vitest';
import { isObject } from '../../../src/lib/json.ts';
import { KEPT_KINDS, type KeptObject } from '../../../src/mesh/kept.ts';
import { buildNamespace } from '../../../src/mesh/namespace.ts';
import { sharedContextOf } from '../../../src/mesh/shared.ts';
import { keepItem } from '../../../src/sources/kubernetes/keep.ts';
import { KINDS } from '../../../src/sources/kubernetes/kinds.ts';
import { documents, YAML_FILES } from '../../deploy/istio/manifests.ts';
import { OPTIONS } from './kept-objects.ts';

/** What the source keeps of the package's manifests. */
function keptManifests(): readonly KeptObject[] {
  const base = YAML_FILES.filter((path) => !path.startsWith('overlays/') && !path.startsWith('patches/'));
  return base.flatMap(documents).flatMap((manifest): KeptObject[] => {
    const { apiVersion, kind } = isObject(manifest) ? manifest : {};
    const group = typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const name = KEPT_KINDS.find((known) => KINDS[known].kind === kind && KINDS[known].group === group);
    const result = name === undefined ? undefined : keepItem(name, manifest);
    return result?.tag === 'kept' ? [result.object] : [];
  });
}

describe('the package in deploy/istio', () => {
  const objects = keptManifests();
  const shared = sharedContextOf(
    OPTIONS,
    objects.filter(({ namespace }) => namespace === 'istio-system'),
  );
  const { asksFor, workloads, services, routes, policies } = buildNamespace(
    'mcp-system',
    objects.filter(({ namespace }) => namespace === 'mcp-system'),
    shared,
  );

  it('is read whole', () => {
    expect(asksFor).toBe('istio-sidecar');
    expect([workloads.length > 10, services.length > 10, routes.length > 30, policies.length > 20]).toEqual([true, true, true, true]);
  });

  it('has no problem, as its own analysis says too', () => {
    expect([...routes, ...policies].filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  it('splits the traffic of its canary', () => {
    expect(routes.find(({ kind, name }) => kind === 'VirtualService' && name === 'mcp-debate')?.backends).toEqual([
      { to: 'mcp-system/Service/mcp-debate', weight: 90, subset: 'stable' },
      { to: 'mcp-system/Service/mcp-debate', weight: 10, subset: 'canary' },
    ]);
  });
});
