import { describe, expect, it } from 'vitest';
import { WRITABLE_KINDS } from '../../../../src/change/writable.ts';
import { KEPT_KINDS } from '../../../../src/mesh/kept.ts';
import { API_KINDS } from '../../../../src/mesh/kept-kinds.ts';
import { KINDS } from '../../../../src/sources/kubernetes/kinds.ts';
import { rbacRules, rbacText, writeRules } from '../../../../src/sources/kubernetes/rbac.ts';

describe('the table of kinds', () => {
  it('has the kinds that the mesh reads, under the same names', () => {
    for (const kind of KEPT_KINDS) expect({ group: KINDS[kind].group, kind: KINDS[kind].kind }).toEqual(API_KINDS[kind]);
    expect(Object.keys(KINDS)).toEqual([...KEPT_KINDS]);
  });

  it('names every collection once', () => {
    const names = KEPT_KINDS.map((kind) => `${KINDS[kind].group}/${KINDS[kind].resource}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says what is missing without each kind that may be missing', () => {
    for (const kind of KEPT_KINDS) {
      const { required, without, versions } = KINDS[kind];
      expect(without === '').toBe(required);
      expect(new Set(versions).size).toBe(versions.length);
    }
  });

  it('requires of a cluster what an old one has', () => {
    expect(KEPT_KINDS.filter((kind) => KINDS[kind].required)).toEqual(['services', 'pods']);
    for (const kind of KEPT_KINDS.filter((each) => KINDS[each].mesh === 'kubernetes')) expect(KINDS[kind].versions).toEqual(['v1']);
  });
});

describe('the RBAC rules', () => {
  it('let everything be listed and watched, a rule for each group', () => {
    const rules = rbacRules(KEPT_KINDS.map((kind) => KINDS[kind]));
    expect(rules.map(({ apiGroups }) => apiGroups)).toEqual([
      [''],
      ['apps'],
      ['batch'],
      ['gateway.networking.k8s.io'],
      ['policy.linkerd.io'],
      ['linkerd.io'],
      ['networking.istio.io'],
      ['security.istio.io'],
      ['telemetry.istio.io'],
    ]);
    expect(rules[0]).toEqual({
      apiGroups: [''],
      resources: ['namespaces', 'services', 'pods', 'serviceaccounts'],
      verbs: ['list', 'watch'],
    });
    expect(rules.flatMap(({ resources }) => resources).length).toBe(KEPT_KINDS.length);
    for (const { verbs } of rules) expect(verbs).toEqual(['list', 'watch']);
  });

  it('for changes have the verbs of a change on the writable kinds, and see which endpoints are ready', () => {
    const rules = writeRules(WRITABLE_KINDS.map((kind) => KINDS[kind]));
    const { length } = rules;
    expect(rules.slice(0, length - 1).map(({ apiGroups }) => apiGroups[0])).toEqual([
      'policy.linkerd.io',
      'security.istio.io',
      'gateway.networking.k8s.io',
      'networking.istio.io',
    ]);
    for (const { verbs } of rules.slice(0, length - 1)) expect(verbs).toEqual(['get', 'create', 'patch', 'delete']);
    expect(rules.slice(0, length - 1).flatMap(({ resources }) => resources)).toHaveLength(WRITABLE_KINDS.length);
    expect(rules.at(-1)).toEqual({ apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list'] });
  });

  it('read well in a message', () => {
    expect(rbacText([KINDS.pods, KINDS.jobs])).toBe(
      '{apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"]} and {apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "watch"]}',
    );
  });
});
