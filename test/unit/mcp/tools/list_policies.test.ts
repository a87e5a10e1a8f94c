import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../src/lib/errors.ts';
import { listPolicies } from '../../../../src/mcp/tools/list_policies.ts';
import { SMALL_MESH, withObjects } from '../../../support/graph-meshes.ts';
import { GraphWorld } from '../../../support/graph-world.ts';
import { kept, root, server, spec } from '../../mesh/kept-objects.ts';

interface Structured {
  readonly namespaces: number;
  readonly policies: readonly {
    readonly id: string;
    readonly namespace: string;
    readonly problems: readonly string[];
    readonly selects: readonly string[];
  }[];
  readonly nextCursor?: string;
  readonly notes: readonly string[];
}

const world = new GraphWorld();
world.publish(SMALL_MESH);
const ask = (args: object = {}, on = world) => on.call<Structured>(listPolicies, args);
const ids = ({ structured }: ReturnType<typeof ask>) => structured.policies.map(({ id }) => id);

describe('the policies of a namespace', () => {
  it('say what they select, what they mean, and what of them has no effect', () => {
    const { text, structured } = ask({ namespace: 'shop' });
    expect(text).toContain('Server orders-http (deny) -> orders: port 8080');
    expect(text).toContain('AuthorizationPolicy payments-callers -> server payments-http: ');
    expect(text).toContain('MeshTLSAuthentication orders-clients: ');
    expect(text).toContain('  ! Linkerd ignores it: there is no MeshTLSAuthentication payments-clients.');
    expect(ids({ text, structured })).toEqual([
      'shop/AuthorizationPolicy.policy.linkerd.io/orders-callers',
      'shop/AuthorizationPolicy.policy.linkerd.io/payments-callers',
      'shop/MeshTLSAuthentication.policy.linkerd.io/orders-clients',
      'shop/Server.policy.linkerd.io/orders-http',
      'shop/Server.policy.linkerd.io/payments-http',
    ]);
    expect(structured.policies[3]).toMatchObject({ selects: ['shop/Deployment/orders'], problems: [] });
  });

  it('are those with problems alone where that is asked for', () => {
    expect(ids(ask({ namespace: 'shop', show: 'problems' }))).toEqual(['shop/AuthorizationPolicy.policy.linkerd.io/payments-callers']);
    expect(ask({ namespace: 'legacy' }).text).toContain('No policy in namespace legacy.');
  });

  it('name a policy of the root namespace by where it lies, and over the whole mesh only there', () => {
    const mesh = withObjects(
      SMALL_MESH,
      kept('namespaces', 'istio-system', { namespace: 'istio-system' }),
      root('istioPeerAuthentications', 'default', { mtls: { mode: 'STRICT' } }),
    );
    const wide = new GraphWorld();
    wide.publish(mesh);
    const id = 'istio-system/PeerAuthentication.security.istio.io/default';
    expect(ids(ask({ namespace: 'bank' }, wide))).toContain(id);
    expect(ids(ask({}, wide)).filter((each) => each === id)).toHaveLength(1);
  });
});

describe('page by page', () => {
  const many = new GraphWorld();
  many.publish({
    objects: Array.from({ length: 40 }, (_, place) => `team-${String(place).padStart(2, '0')}`).flatMap((namespace) => [
      kept('namespaces', namespace, { namespace }),
      ...Array.from({ length: 3 }, (_, number) => ({ ...server(`server-${number}`, 'web'), namespace })),
      { ...spec('linkerdMeshTlsAuthentications', 'x', { identities: ['*'] }), namespace },
    ]),
  });

  it.each([1, 7, 30, 100])('gives each once, %i at a time', (limit) => {
    const all: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const answer = ask({ limit, ...(cursor === undefined ? {} : { cursor }) }, many);
      expect(answer.structured.policies.length).toBeLessThanOrEqual(limit);
      all.push(...ids(answer));
      cursor = answer.structured.nextCursor;
      pages += 1;
    } while (cursor !== undefined && pages < 500);
    expect(all).toHaveLength(160);
    expect(new Set(all).size).toBe(160);
    expect(all).toEqual(all.toSorted((a, b) => ((a.split('/')[0] ?? '') < (b.split('/')[0] ?? '') ? -1 : 0)));
  });

  it('looks into no more than some namespaces at a time', () => {
    const { structured } = ask({ show: 'problems', limit: 1 }, many);
    expect(structured.namespaces).toBe(32);
    const none = new GraphWorld();
    none.publish({ objects: Array.from({ length: 40 }, (_, place) => kept('namespaces', `n-${place}`, { namespace: `n-${place}` })) });
    const first = ask({}, none);
    expect(first.structured).toMatchObject({ namespaces: 32, policies: [] });
    expect(ask({ cursor: first.structured.nextCursor }, none).structured).toMatchObject({ namespaces: 8, policies: [] });
  });

  it('takes no cursor of another question', () => {
    const { nextCursor } = ask({ limit: 1 }, many).structured;
    expect(() => ask({ limit: 1, cursor: nextCursor, show: 'problems' }, many)).toThrow('not one that this query gave');
  });
});

it('says which namespaces are alike', () => {
  expect(() => ask({ namespace: 'shp' })).toThrow(MeshError);
  expect(() => ask({ namespace: 'shp' })).toThrow('Did you mean "shop"?');
});
