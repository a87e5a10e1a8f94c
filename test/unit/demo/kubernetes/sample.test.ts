import { describe, expect, it } from 'vitest';
import { makeObjects } from '../../../../src/demo/kubernetes/objects.ts';
import { RESOURCE_KEYS, RESOURCES, type ResourceKey } from '../../../../src/demo/kubernetes/resources.ts';
import { SAMPLE } from '../../../../src/demo/kubernetes/sample.ts';
import { unknownFields, validate } from '../../../../src/demo/kubernetes/validate.ts';
import { KEPT_KINDS } from '../../../../src/mesh/kept.ts';
import { KINDS } from '../../../../src/sources/kubernetes/kinds.ts';

const made = makeObjects(SAMPLE);
const all = RESOURCE_KEYS.flatMap((resource) => made[resource].map((object) => ({ resource, ...object })));
// Fields are reached into as a reader of manifests would.
// biome-ignore lint/suspicious/noExplicitAny: manifests are read freely here
const object = (resource: ResourceKey, key: string): any =>
  made[resource].find(({ namespace, name }) => `${namespace}/${name}` === key)?.object;
const workloads = (['deployments', 'statefulsets', 'daemonsets'] as const).flatMap((resource) => made[resource]);

describe('the sample', () => {
  it('is always the same, with names and uids that occur once', () => {
    expect(makeObjects(SAMPLE)).toEqual(made);
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    expect(new Set(all.map(({ resource, namespace, name }) => `${resource} ${namespace}/${name}`)).size).toBe(all.length);
    for (const { uid } of all) expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  });

  it('has about 25 workloads in two meshes', () => {
    expect(workloads.length).toBeGreaterThanOrEqual(25);
    expect(workloads.length).toBeLessThanOrEqual(32);
  });

  it('has something of every kind that the graph is made of', () => {
    for (const kind of KEPT_KINDS) {
      const { group, resource } = KINDS[kind];
      const key = RESOURCE_KEYS.find((each) => RESOURCES[each].group === group && RESOURCES[each].resource === resource);
      expect(key, kind).toBeDefined();
      if (key !== undefined) expect(made[key].length, kind).toBeGreaterThan(0);
    }
  });

  it('serves every kind in a version that the product reads', () => {
    for (const kind of KEPT_KINDS) {
      const { group, resource, versions } = KINDS[kind];
      const served = RESOURCE_KEYS.filter((each) => RESOURCES[each].group === group && RESOURCES[each].resource === resource).flatMap(
        (each): readonly string[] => RESOURCES[each].versions,
      );
      expect(
        versions.some((version) => served.includes(version)),
        kind,
      ).toBe(true);
    }
  });

  it('would be taken by its own API', () => {
    for (const { resource, object } of all) {
      expect(() => validate(RESOURCES[resource], object)).not.toThrow();
      expect(unknownFields(RESOURCES[resource], object)).toEqual([]);
    }
  });

  it('gives every pod and workload an account that is there', () => {
    const accounts = new Set(made.serviceaccounts.map(({ namespace, name }) => `${namespace}/${name}`));
    for (const { namespace, object } of [...made.pods, ...workloads]) {
      const [, account] = /"serviceAccountName":"([^"]*)"/.exec(JSON.stringify(object)) ?? [];
      expect(accounts).toContain(`${namespace}/${account}`);
    }
  });

  it('has every Service find its pods by labels, but those that are meant not to', () => {
    const without: string[] = [];
    for (const { namespace, name, object } of made.services) {
      const selector = (object.spec as { selector?: Record<string, string> }).selector;
      if (selector === undefined) continue;
      const found = made.pods.filter(
        (pod) =>
          pod.namespace === namespace &&
          Object.entries(selector).every(
            ([label, value]) => (pod.object.metadata as { labels: Record<string, string> }).labels[label] === value,
          ),
      );
      if (found.length === 0) without.push(`${namespace}/${name}`);
    }
    expect(without).toEqual(['legacy/fax', 'shop/gift-cards']);
  });

  describe('has trouble to find:', () => {
    it('a client outside of the mesh, and policies that deny it', () => {
      expect(object('deployments', 'shop/reports').spec.template.metadata.annotations).toEqual({ 'linkerd.io/inject': 'disabled' });
      expect(object('meshtlsauthentications.policy.linkerd.io', 'shop/orders-clients').spec.identityRefs).toEqual([
        { kind: 'ServiceAccount', name: 'web' },
        { kind: 'ServiceAccount', name: 'checkout' },
      ]);
      expect(object('servers.policy.linkerd.io', 'shop/payments-grpc').spec.accessPolicy).toBe('deny');
    });

    it('an authorization that names an authentication which is not there', () => {
      const missing = made['authorizationpolicies.policy.linkerd.io'].filter(({ namespace, object }) =>
        (object.spec as { requiredAuthenticationRefs: { kind: string; name: string }[] }).requiredAuthenticationRefs.some(
          ({ kind, name }) =>
            kind === 'MeshTLSAuthentication' &&
            !made['meshtlsauthentications.policy.linkerd.io'].some((each) => each.namespace === namespace && each.name === name),
        ),
      );
      expect(missing.map(({ name }) => name)).toEqual(['catalog-admin']);
    });

    it('a subset that nobody defined', () => {
      const { subsets } = object('destinationrules.networking.istio.io', 'bank/statements').spec;
      expect(subsets.map(({ name }: { name: string }) => name)).toEqual(['current']);
      expect(object('virtualservices.networking.istio.io', 'bank/statements').spec.http[0].route[0].destination.subset).toBe('archive');
    });

    it('canaries in both meshes, with a tenth of the traffic', () => {
      const [{ backendRefs }] = object('httproutes.gateway.networking.k8s.io', 'shop/checkout').spec.rules;
      expect(backendRefs).toMatchObject([
        { name: 'checkout', weight: 90 },
        { name: 'checkout-canary', weight: 10 },
      ]);
      const [{ route }] = object('virtualservices.networking.istio.io', 'bank/accounts').spec.http;
      expect(route).toMatchObject([
        { weight: 90, destination: { subset: 'v1' } },
        { weight: 10, destination: { subset: 'v2' } },
      ]);
    });

    it('a workload of which not everything is ready', () => {
      const degraded = workloads.filter(({ object }) => {
        const { replicas, readyReplicas } = object.status as { replicas?: number; readyReplicas?: number };
        return (replicas ?? 0) > (readyReplicas ?? 0) && readyReplicas !== undefined;
      });
      expect(degraded.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(['bank/statements']);
      expect(object('deployments', 'bank/statements').status).toMatchObject({ replicas: 2, readyReplicas: 1, unavailableReplicas: 1 });
    });
  });
});
