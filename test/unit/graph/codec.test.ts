import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSummaries, encodeSummaries } from '../../../src/graph/codec/summaries.ts';
import { decodeTopology, encodeTopology } from '../../../src/graph/codec/topology.ts';
import { decodeTraffic, encodeTraffic } from '../../../src/graph/codec/traffic.ts';
import type { NamespaceTopology, NamespaceTraffic } from '../../../src/graph/model.ts';
import { summarize } from '../../../src/graph/summary.ts';
import { name, topology, trafficOf } from './arbitraries.ts';

const summaries = fc.array(
  fc.tuple(topology(name), fc.option(trafficOf(name))).map(([topology, traffic]) => summarize(topology, traffic ?? undefined)),
  { maxLength: 3 },
);

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)])
      .reverse(),
  );
}

const CODECS = [
  ['topology', topology(name), encodeTopology, decodeTopology],
  ['traffic', trafficOf(name), encodeTraffic, decodeTraffic],
  ['summaries', summaries, encodeSummaries, decodeSummaries],
] as const;

describe.each(CODECS)('the codec of %s', (_, given, encode, decode) => {
  // The rows of the table are typed one by one; it is the pairs that must fit.
  const arbitrary = given as fc.Arbitrary<unknown>;
  const write = encode as (value: unknown) => string;

  it('gives back what went in', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(decode(write(value))).toEqual(value);
      }),
    );
  });

  it('writes equal values as equal texts, however they were put together', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        expect(write(reversed(value))).toBe(write(value));
      }),
    );
  });

  it('writes different values as different texts', () => {
    fc.assert(
      fc.property(arbitrary, arbitrary, (a, b) => {
        if (write(a) === write(b)) expect(a).toEqual(b);
      }),
    );
  });

  it('reads nothing from any other text, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `[1,"${_}",${json}]`),
        ),
        (text) => {
          const decoded = decode(text);
          if (decoded !== undefined) expect(write(decoded)).toBe(text.replaceAll(' ', ''));
        },
      ),
    );
  });

  it('reads nothing from a text that was damaged, unless it is one of its own again', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(), fc.constantFrom('', '0', 'x', 'null', '-1', '"y"', '[]'), (value, place, put) => {
        const text = write(value);
        const at = place % text.length;
        const decoded = decode(text.slice(0, at) + put + text.slice(at + 1));
        if (decoded !== undefined) expect(decode(write(decoded))).toEqual(decoded);
      }),
    );
  });

  it('reads nothing of another version or another sort', () => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const text = write(value);
        expect(decode(text.replace(/^\[1,/, '[2,'))).toBeUndefined();
        for (const [sort, , , other] of CODECS) if (sort !== _) expect(other(text)).toBeUndefined();
      }),
    );
  });
});

describe('texts', () => {
  const shop: NamespaceTopology = {
    namespace: 'shop',
    workloads: [
      {
        kind: 'Deployment',
        name: 'web',
        health: 'healthy',
        pods: 2,
        meshedPods: 2,
        meshes: ['linkerd'],
        ports: [{ port: 80, protocol: 'TCP' }],
        serviceAccount: 'web',
      },
    ],
    services: [],
    routes: [],
    policies: [],
  };
  const traffic: NamespaceTraffic = {
    namespace: 'shop',
    edges: [
      {
        source: 'shop/Deployment/web',
        destination: 'shop/Deployment/cart',
        service: 'shop/Service/cart',
        protocol: 'http',
        mesh: 'linkerd',
        rps: 2.1,
        successRate: 0.99,
        latency: { p99: 45 },
        tls: 0.5,
        plaintext: { plaintext: 0.5 },
      },
    ],
  };

  it('are compact', () => {
    expect(encodeTopology(shop)).toBe(
      '[1,"topology",["shop",[["Deployment","web","healthy",2,2,["linkerd"],[[80,"TCP"]],null,null,"web"]],[],[],[]]]',
    );
    expect(encodeTraffic(traffic)).toBe(
      '[1,"traffic",[["shop/Deployment/cart","shop/Deployment/web","shop/Service/cart"],' +
        '["shop",[[1,0,2,null,"http","linkerd",2.1,0.99,[null,null,45],0.5,[["plaintext",0.5]]]]]]]',
    );
  });

  it.each([
    ['"healthy"', '"well"'],
    ['2,2,', '2,-2,'],
    ['2,2,', '2,1.5,'],
    ['["linkerd"]', '["cilium"]'],
    ['["linkerd"]', '"linkerd"'],
    ['80', '"80"'],
    ['"web","healthy"', 'null,"healthy"'],
    [',null,null,"web"', ',null,null,5'],
    [',[],[],[]]]', ',[],[]]]'],
    [',[],[],[]]]', ',[],[],[],null,null]]'],
  ])('with %s as %s are no topology', (from, to) => {
    const text = encodeTopology(shop);
    expect(text).toContain(from);
    expect(decodeTopology(text.replace(from, to))).toBeUndefined();
  });

  it.each([
    ['[[1,0,2', '[[3,0,2'],
    ['[[1,0,2', '[[null,0,2'],
    ['[[1,0,2', '[["shop/Deployment/web",0,2'],
    ['"http"', '"smtp"'],
    ['0.99', '1.01'],
    ['2.1', '-2.1'],
    ['2.1', '1e999'],
    ['[["plaintext",0.5]]', '[["plaintext"]]'],
    ['[["plaintext",0.5]]', '{"plaintext":0.5}'],
    ['[null,null,45]', '{"p99":45}'],
  ])('with %s as %s are no traffic', (from, to) => {
    const text = encodeTraffic(traffic);
    expect(text).toContain(from);
    expect(decodeTraffic(text.replace(from, to))).toBeUndefined();
  });
});
