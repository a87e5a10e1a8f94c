import { describe, expect, it } from 'vitest';
import { judgeEdge } from '../../../src/assess/edges.ts';
import type { Edge } from '../../../src/graph/model.ts';
import { deployment, LINKERD, server, service } from '../mesh/kept-objects.ts';
import { worldOf } from './support.ts';

const ports = [
  { port: 80, name: 'http', targetPort: 8080 },
  { port: 90, name: 'grpc', targetPort: 9090 },
  { port: 6379, name: 'redis' },
];
const { world } = worldOf([
  ...deployment('web', { injected: LINKERD }),
  ...deployment('api', { injected: LINKERD, ports: [{ containerPort: 8080 }, { containerPort: 9090 }] }),
  service('api', ports),
  server('api-http', 'api'),
]);

const edge = (more: Partial<Edge>): Edge => ({
  source: 'shop/Deployment/web',
  destination: 'shop/Deployment/api',
  service: 'shop/Service/api',
  protocol: 'http',
  mesh: 'linkerd',
  ...more,
});
const portsOf = (more: Partial<Edge>) => judgeEdge(world, edge(more)).parts.map(({ port }) => port);

describe('the port of an edge', () => {
  it('is the one that the metrics name, whichever Service leads there', () => {
    expect(portsOf({ port: 9090 })).toEqual([9090]);
    expect(portsOf({ port: 7070 })).toEqual([7070]);
  });

  it('is that of the Service which carries such a protocol, where metrics name none', () => {
    expect(portsOf({})).toEqual([8080]);
    expect(portsOf({ protocol: 'grpc' })).toEqual([9090]);
    expect(portsOf({ protocol: 'tcp' })).toEqual([6379]);
  });

  it('is one of the Service where the destination is not known', () => {
    expect(portsOf({ destination: 'shop/Service/api', port: 8080 })).toEqual([8080]);
    expect(portsOf({ destination: 'shop/Service/api' })).toEqual([8080]);
  });

  it('is one of the workload where no Service is named', () => {
    const { service: _, ...direct } = edge({});
    expect(judgeEdge(world, direct).parts.map(({ port }) => port)).toEqual([8080]);
  });
});

it('an edge to nowhere that is known is not judged', () => {
  expect(judgeEdge(world, edge({ destination: 'moon/Deployment/api' })).answer.verdict).toBe('unknown');
  expect(judgeEdge(world, edge({ destination: 'unknown' })).answer.verdict).toBe('unknown');
});
