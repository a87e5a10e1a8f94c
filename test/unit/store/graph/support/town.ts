import { serviceId, workloadId } from '../../../../../src/graph/ids.ts';
import type { Edge } from '../../../../../src/graph/model.ts';
import type { KeptObject } from '../../../../../src/mesh/kept.ts';
import type { Content, World } from './cluster.ts';

const SERVICES = 10;
const PODS_EACH = 5;
const CALLS_EACH = 10;

/** A namespace as they are in the field: ten services, fifty pods, ten edges a service. */
export function town(namespace: string, rps = 1): Content {
  const names = Array.from({ length: SERVICES }, (_, place) => `service-${place}`);
  const edges = names.flatMap((from, source) =>
    Array.from({ length: CALLS_EACH }, (_, place): Edge => {
      const to = names[(source + place) % SERVICES] ?? '';
      return {
        source: workloadId(namespace, 'Deployment', from),
        destination: workloadId(namespace, 'Deployment', to),
        service: serviceId(namespace, to),
        port: 8080 + place,
        protocol: 'http',
        mesh: 'linkerd',
        rps: rps + place,
        successRate: 0.99,
        latency: { p50: 5, p95: 20, p99: 100 },
        tls: 1,
      };
    }),
  );
  const pods = { pods: PODS_EACH, meshedPods: PODS_EACH, meshes: ['linkerd'] as const };
  return {
    topology: {
      namespace,
      workloads: names.map((name) => ({
        kind: 'Deployment',
        name,
        health: 'healthy',
        ...pods,
        desired: PODS_EACH,
        ready: PODS_EACH,
        serviceAccount: name,
        identity: `${name}.${namespace}.serviceaccount.identity.linkerd.cluster.local`,
        ports: [{ port: 8080, protocol: 'TCP', name: 'http' }],
      })),
      services: names.map((name) => ({
        name,
        type: 'ClusterIP',
        selects: true,
        ...pods,
        ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
        omittedPorts: 0,
        workloads: [{ kind: 'Deployment', name, ...pods }],
        omittedWorkloads: 0,
      })),
      routes: [],
      policies: [],
    },
    traffic: { namespace, edges },
    objects: names.flatMap((name) =>
      Array.from(
        { length: PODS_EACH },
        (_, place): KeptObject => ({
          kind: 'pods',
          namespace,
          name: `${name}-7c9f8d6b5-${place}abcd`,
          created: 1_795_000_000_000,
          labels: { app: name, 'linkerd.io/control-plane-ns': 'linkerd', 'pod-template-hash': '7c9f8d6b5' },
          annotations: {},
          owner: { kind: 'ReplicaSet', name: `${name}-7c9f8d6b5` },
        }),
      ),
    ),
  };
}

export function towns(count: number): World {
  return new Map(Array.from({ length: count }, (_, place) => [`team-${place}`, town(`team-${place}`)]));
}
