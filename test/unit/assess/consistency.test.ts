import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAccess } from '../../../src/assess/check-access.ts';
import { unknownCall } from '../../../src/assess/decide.ts';
import { judgeEdge } from '../../../src/assess/edges.ts';
import type { ObjectChange } from '../../../src/assess/effect.ts';
import { effectOf } from '../../../src/assess/effect-of.ts';
import { accessMatrix } from '../../../src/assess/matrix.ts';
import { AccessWorld } from '../../../src/assess/world.ts';
import { parseConfig } from '../../../src/config.ts';
import { edgesIn } from '../../../src/graph/query/view.ts';
import { type KeptObject, objectKey } from '../../../src/mesh/kept.ts';
import { type GraphReader, withGraph } from '../../../src/store/graph/reader.ts';
import { SMALL_MESH, withObjects } from '../../support/graph-meshes.ts';
import { GraphWorld, type Mesh } from '../../support/graph-world.ts';
import { server, spec } from '../mesh/kept-objects.ts';

const config = parseConfig({ get: () => undefined });
const NAMESPACES = ['bank', 'legacy', 'shop'];

function readerOf<Answer>(mesh: Mesh, use: (reader: GraphReader) => Answer): Answer {
  const world = new GraphWorld();
  world.publish(mesh);
  return withGraph(world.ports, use);
}

const worldIn = (reader: GraphReader) => new AccessWorld((names) => reader.objects(names), config, []);

describe('the table of callers', () => {
  it('says of each what is said when it alone is asked for', () => {
    readerOf(SMALL_MESH, (reader) => {
      const edges = edgesIn(reader.traffic(NAMESPACES)).filter(({ service, protocol }) => service !== undefined && protocol === 'http');
      expect(edges.length).toBeGreaterThan(5);
      for (const edge of edges) {
        const [row] = accessMatrix(worldIn(reader), [edge], unknownCall('unknown'));
        const one = checkAccess(worldIn(reader), {
          from: { tag: 'node', id: edge.source },
          to: edge.destination,
          port: edge.port,
          call: unknownCall('http'),
        });
        expect(one).toMatchObject({ tag: 'judged', answer: { verdict: row?.answer.verdict } });
      }
    });
  });
});

const ACCOUNTS = ['web', 'search', 'checkout', 'catalog'] as const;
const authentication = fc.record({
  kind: fc.constant('linkerdMeshTlsAuthentications' as const),
  name: fc.constantFrom('orders-clients', 'others'),
  value: fc
    .subarray([...ACCOUNTS], { minLength: 1 })
    .map((names) => ({ identityRefs: names.map((name) => ({ kind: 'ServiceAccount', name })) })),
});
const authorization = fc.record({
  kind: fc.constant('linkerdAuthorizationPolicies' as const),
  name: fc.constantFrom('orders-callers', 'payments-callers', 'more'),
  value: fc.record({
    targetRef: fc.constantFrom(
      { group: 'policy.linkerd.io', kind: 'Server', name: 'orders-http' },
      { group: 'policy.linkerd.io', kind: 'Server', name: 'payments-http' },
      { group: '', kind: 'Namespace', name: 'shop' },
    ),
    requiredAuthenticationRefs: fc.constantFrom(
      [{ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'orders-clients' }],
      [{ group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'others' }],
      [],
    ),
  }),
});
const policy = fc.oneof(authentication, authorization).map(({ kind, name, value }) => spec(kind, name, value));
const serverChange = fc
  .record({ name: fc.constantFrom('orders-http', 'a', 'z'), app: fc.constantFrom('orders', 'web', 'catalog', 'payments') })
  .map(({ name, app }) => server(name, app));
const change = fc
  .oneof(policy, serverChange)
  .chain((object) => fc.constantFrom<ObjectChange>({ tag: 'put', object }, { tag: 'delete', key: objectKey(object) }));

/** The mesh with the changes made. */
function changed(changes: readonly ObjectChange[]): Mesh {
  const gone = new Set(changes.flatMap((each) => (each.tag === 'delete' ? [each.key] : [])));
  const put = changes.flatMap((each): KeptObject[] => (each.tag === 'put' ? [each.object] : []));
  const mesh = withObjects(SMALL_MESH, ...put);
  return { ...mesh, objects: mesh.objects.filter((object) => !gone.has(objectKey(object))) };
}

describe('the effect of changes', () => {
  it('is what the policies say once they are made, edge by edge', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(change, { maxLength: 4, selector: (each) => (each.tag === 'put' ? objectKey(each.object) : each.key) }),
        (changes) => {
          const effect = readerOf(SMALL_MESH, (reader) => effectOf(reader, config, changes));
          const verdicts = (mesh: Mesh) =>
            readerOf(mesh, (reader) => {
              const world = worldIn(reader);
              return new Map(
                edgesIn(reader.traffic(['shop']))
                  .filter(({ destination }) => destination.startsWith('shop/'))
                  .map((edge) => [`${edge.source}>${edge.destination}>${edge.protocol}`, judgeEdge(world, edge).answer.verdict] as const),
              );
            });
          const [before, after] = [verdicts(SMALL_MESH), verdicts(changed(changes))];
          const differing = [...before]
            .filter(([key, verdict]) => after.get(key) !== verdict)
            .map(([key]) => key.split('>').slice(0, 2).join('>'));
          if (changes.length === 0) expect(effect.edges).toEqual([]);
          else expect(effect.edges.map(({ source, destination }) => `${source}>${destination}`).sort()).toEqual(differing.sort());
        },
      ),
      { numRuns: 60 },
    );
  });
});
