import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8 } from '../../../src/lib/utf8.ts';
import type { ServiceSummary } from '../../../src/mesh/model.ts';
import { decodeShard, makeShards } from '../../../src/store/shards.ts';
import { namespaceTopology } from './arbitraries.ts';

const service = (name: string): ServiceSummary => ({
  namespace: 'shop',
  name,
  type: 'ClusterIP',
  selects: true,
  pods: 1,
  meshedPods: 1,
  meshes: ['linkerd'],
  ports: [{ port: 80, protocol: 'TCP', targetPort: 'http' }],
  omittedPorts: 0,
  workloads: [{ kind: 'Deployment', name, pods: 1, meshedPods: 1, meshes: ['linkerd'] }],
  omittedWorkloads: 0,
});

describe('shards', () => {
  it('give back what went in', () => {
    fc.assert(
      fc.property(namespaceTopology('shop'), ({ services }) => {
        const back = makeShards('shop', services).map(({ value }) => decodeShard(decodeUtf8(value), 'shop'));
        expect(back.flat()).toEqual(services);
      }),
    );
  });

  it('are named by their content, however it was put together', () => {
    const [one] = makeShards('shop', [service('web')]);
    const [same] = makeShards('shop', [Object.fromEntries(Object.entries(service('web')).reverse()) as unknown as ServiceSummary]); // Keys in another order.
    const [other] = makeShards('shop', [{ ...service('web'), pods: 2 }]);
    expect(one?.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(same).toEqual(one);
    expect(other?.hash).not.toBe(one?.hash);
    expect(makeShards('bank', [service('web')])[0]?.hash).not.toBe(one?.hash);
  });

  it('are none for a namespace without services', () => {
    expect(makeShards('shop', [])).toEqual([]);
  });

  it('split a namespace that is too large for one value, in order', () => {
    const services = Array.from({ length: 3_000 }, (_, place) => service(`service-${place}`));
    const shards = makeShards('shop', services);
    expect(shards.length).toBeGreaterThan(2);
    for (const { value } of shards) expect(value.length).toBeLessThan(256 * 1024);
    expect(shards.flatMap(({ value }) => decodeShard(decodeUtf8(value), 'shop'))).toEqual(services);
  });

  it('are not taken for another namespace, version or form', () => {
    const [shard] = makeShards('shop', [service('web')]);
    const text = decodeUtf8(shard?.value ?? new Uint8Array());
    expect(decodeShard(text, 'shop')).toHaveLength(1);
    expect(decodeShard(text, 'bank')).toBeUndefined();
    expect(decodeShard(text.replace('"version":1', '"version":2'), 'shop')).toBeUndefined();
    expect(decodeShard(text.replace('"linkerd"', '"unknown-mesh"'), 'shop')).toBeUndefined();
    expect(decodeShard(text.replace('"port":80', '"port":"80"'), 'shop')).toBeUndefined();
    expect(decodeShard(text.slice(0, -1), 'shop')).toBeUndefined();
  });

  it('never throw on any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(decodeShard(text, 'shop')).toBeUndefined();
      }),
    );
  });
});
