import fc from 'fast-check';
import { MESHES } from '../../../src/mesh/membership.ts';
import type { NamespaceTopology, ServiceSummary } from '../../../src/mesh/model.ts';

const count = fc.nat(1000);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const pods = { pods: count, meshedPods: count, meshes: fc.subarray([...MESHES]) };
const optional = <Value>(key: string, value: fc.Arbitrary<Value>) =>
  fc.option(value).map((given) => (given === null ? {} : { [key]: given }));

const port = fc
  .tuple(
    fc.record({ port: fc.integer({ min: 1, max: 65_535 }), protocol: fc.constantFrom('TCP', 'UDP', 'SCTP') }),
    optional('name', name),
    optional('targetPort', fc.oneof(name, fc.integer({ min: 1, max: 65_535 }))),
    optional('appProtocol', name),
  )
  .map((parts) => Object.assign({}, ...parts) as ServiceSummary['ports'][number]); // The record above and its options are a port's members.

const service = (namespace: string): fc.Arbitrary<ServiceSummary> =>
  fc
    .tuple(
      fc.record({
        namespace: fc.constant(namespace),
        name,
        type: fc.constantFrom('ClusterIP', 'Headless', 'NodePort', 'LoadBalancer', 'ExternalName'),
        selects: fc.boolean(),
        ...pods,
        ports: fc.array(port, { maxLength: 3 }),
        omittedPorts: count,
        workloads: fc.array(fc.record({ kind: fc.constantFrom('Deployment', 'Job'), name, ...pods }), { maxLength: 3 }),
        omittedWorkloads: count,
      }),
      optional('externalName', name),
    )
    .map((parts) => Object.assign({}, ...parts) as ServiceSummary); // Likewise.

/** A namespace with made-up services; its figures need not add up, the store does not read them. */
export const namespaceTopology = (namespace: string): fc.Arbitrary<NamespaceTopology> =>
  fc.record({
    namespace: fc.constant(namespace),
    totals: fc.record({
      pods: count,
      meshedPods: count,
      services: fc.record({ all: count, unmeshed: count, linkerd: count, 'istio-sidecar': count, 'istio-ambient': count }),
    }),
    services: fc.uniqueArray(service(namespace), { maxLength: 5, selector: ({ name }) => name }),
  });

/** A few namespaces, each at most once, by name. */
export const cluster: fc.Arbitrary<readonly NamespaceTopology[]> = fc
  .subarray(['bank', 'constructor', 'legacy', 'shop'])
  .chain((names) => fc.tuple(...names.map(namespaceTopology)));
