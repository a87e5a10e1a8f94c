import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/mesh/objects.ts';
import { ownerChains } from '../../../src/mesh/owners.ts';

const pod = (owner: Pod['owner'], labels: Pod['labels'] = {}): Pod => ({
  namespace: 'shop',
  name: 'web-1',
  labels,
  owner,
  mesh: undefined,
});
const replicaSet = (namespace: string, name: string, owner: Pod['owner']) => ({ namespace, name, owner });

describe('ownerChains', () => {
  it('follows a ReplicaSet to what owns it', () => {
    const workloadOf = ownerChains([
      replicaSet('shop', 'web-abc', { kind: 'Deployment', name: 'web' }),
      replicaSet('shop', 'api-abc', { kind: 'Rollout', name: 'api' }),
    ]);
    expect(workloadOf(pod({ kind: 'ReplicaSet', name: 'web-abc' }))).toEqual({ kind: 'Deployment', name: 'web' });
    expect(workloadOf(pod({ kind: 'ReplicaSet', name: 'api-abc' }))).toEqual({ kind: 'Rollout', name: 'api' });
  });

  it('stops at a ReplicaSet that nothing owns, whatever its name looks like', () => {
    const workloadOf = ownerChains([replicaSet('shop', 'web-abc', undefined)]);
    expect(workloadOf(pod({ kind: 'ReplicaSet', name: 'web-abc' }, { 'pod-template-hash': 'abc' }))).toEqual({
      kind: 'ReplicaSet',
      name: 'web-abc',
    });
  });

  it('does not look into other namespaces', () => {
    const workloadOf = ownerChains([replicaSet('other', 'web-abc', { kind: 'Deployment', name: 'else' })]);
    expect(workloadOf(pod({ kind: 'ReplicaSet', name: 'web-abc' }))).toEqual({ kind: 'ReplicaSet', name: 'web-abc' });
  });

  it('tells the Deployment from the name of a ReplicaSet that is missing', () => {
    const workloadOf = ownerChains([]);
    const owner = { kind: 'ReplicaSet', name: 'web-v2-abc' };
    expect(workloadOf(pod(owner, { 'pod-template-hash': 'abc' }))).toEqual({ kind: 'Deployment', name: 'web-v2' });
    expect(workloadOf(pod(owner, { 'pod-template-hash': 'xyz' }))).toEqual(owner);
    expect(workloadOf(pod(owner, { 'pod-template-hash': '' }))).toEqual(owner);
    expect(workloadOf(pod({ kind: 'ReplicaSet', name: '-abc' }, { 'pod-template-hash': 'abc' }))).toEqual({
      kind: 'ReplicaSet',
      name: '-abc',
    });
  });

  it('takes any other owner for the workload, and a pod without one for itself', () => {
    const workloadOf = ownerChains([]);
    expect(workloadOf(pod({ kind: 'StatefulSet', name: 'db' }))).toEqual({ kind: 'StatefulSet', name: 'db' });
    expect(workloadOf(pod({ kind: 'Job', name: 'report-1' }))).toEqual({ kind: 'Job', name: 'report-1' });
    expect(workloadOf(pod(undefined))).toEqual({ kind: 'Pod', name: 'web-1' });
  });
});
