import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessAnswer, AccessCall, Peer } from '../../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../../src/policy/linkerd/inbound.ts';
import { referredNamespaces } from '../../../../src/policy/linkerd/referred-namespaces.ts';
import {
  accountRef,
  asObject,
  authorizationPolicy,
  callees,
  calls,
  garbled,
  type Manifest,
  manifests,
  meshTlsRef,
  namespaceRef,
  networkRef,
  peers,
  ports,
  routeRef,
  serverAuthorization,
  serverRef,
  settings,
  worldOf,
} from './worlds.ts';

const numRuns = Number(process.env.LINKERD_RUNS ?? 250);
const LONG = 600_000;

const situation = fc.record({ objects: manifests, some: settings, callee: callees, port: ports, peer: peers, call: calls });
type Situation = typeof situation extends fc.Arbitrary<infer Value> ? Value : never;

function ask({ objects, some, callee, port, peer, call }: Situation): AccessAnswer {
  return linkerdInbound(callee, port, worldOf(objects, some)).decide(peer, call);
}

/** Takes away some of what is known of a call, and says what. */
const forgotten = fc.subarray(['method', 'path', 'host', 'headers', 'protocol', 'address', 'identity', 'ports'] as const);
type Forgotten = typeof forgotten extends fc.Arbitrary<infer Value> ? Value : never;

function forget(known: Situation, what: Forgotten): Situation {
  const call: AccessCall = { ...known.call };
  const peer: Peer = { ...known.peer };
  const without = <Value extends object>(value: Value, part: Partial<Value>): Value => ({ ...value, ...part });
  let forgetful: Situation = { ...known, call, peer };
  for (const each of what) {
    if (each === 'address') forgetful = without(forgetful, { peer: without(forgetful.peer, { address: undefined }) });
    else if (each === 'identity') forgetful = without(forgetful, { peer: without(forgetful.peer, { identity: { tag: 'unknown' } }) });
    else if (each === 'ports') forgetful = without(forgetful, { callee: without(forgetful.callee, { ports: undefined }) });
    else if (each === 'protocol') forgetful = without(forgetful, { call: without(forgetful.call, { protocol: unsaid(forgetful.call) }) });
    else forgetful = without(forgetful, { call: without(forgetful.call, { [each]: undefined }) });
  }
  return forgetful;
}

/** Where nobody says the protocol, what the port is told to be decides; that is a rule of its own for all but HTTP. */
function unsaid({ protocol }: AccessCall): AccessCall['protocol'] {
  return protocol === 'http' ? 'unknown' : protocol;
}

/** Which phrase an answer may name for each thing that is not known. */
const PHRASES: Readonly<Record<Forgotten[number], RegExp>> = {
  method: /^the method$/,
  path: /^(?:the path|the query parameter .*)$/,
  host: /^the host$/,
  headers: /^the header /,
  protocol: /^the protocol that is spoken$/,
  address: /^the client's address$/,
  identity: /^the client's identity$/,
  ports: /^whether port \d+ is called /,
};

describe('Linkerd, whatever the objects', { timeout: LONG }, () => {
  it('their order never matters', () => {
    fc.assert(
      fc.property(situation, fc.infiniteStream(fc.nat()), (each, keys) => {
        const shuffled = each.objects
          .map((object) => [keys.next().value ?? 0, object] as const)
          .sort(([a], [b]) => a - b)
          .map(([, object]) => object);
        expect(ask({ ...each, objects: shuffled })).toEqual(ask(each));
      }),
      { numRuns },
    );
  });

  it('one more authorization never turns allowed into denied', () => {
    const target = fc.constantFrom<unknown>(
      serverRef('a'),
      serverRef('b'),
      namespaceRef,
      routeRef('linkerd', 'r1'),
      routeRef('gateway', 'r1'),
      routeRef('grpc', 'r2'),
    );
    const refs = fc.subarray<unknown>([meshTlsRef('m1'), networkRef('n1'), accountRef('web')]);
    const added = fc.oneof(
      fc.tuple(target, refs).map(([to, of]) => authorizationPolicy('new', to, of)),
      fc.constantFrom(serverAuthorization('new', { server: {}, client: { unauthenticated: true } })),
    );
    fc.assert(
      fc.property(situation, added, (each, more) => {
        const [before, after] = [ask(each), ask({ ...each, objects: [...each.objects, more] })];
        if (before.verdict === 'allowed') expect(after.verdict).toBe('allowed');
        if (before.verdict === 'not-found') expect(after.verdict).toBe('not-found');
      }),
      { numRuns },
    );
  });

  it('an authorization that refers to nothing has no effect', () => {
    fc.assert(
      fc.property(
        situation,
        fc.constantFrom<unknown>(meshTlsRef('missing'), networkRef('missing'), { kind: 'MeshTLSAuthentication', name: 'm1' }),
        (each, ref) => {
          const more = authorizationPolicy('new', namespaceRef, [ref]);
          expect(ask({ ...each, objects: [...each.objects, more] }).verdict).toBe(ask(each).verdict);
        },
      ),
      { numRuns },
    );
  });

  it('what is not known makes an answer unknown or changes nothing, and is named', () => {
    let unknown = 0;
    fc.assert(
      fc.property(situation, forgotten, (each, what) => {
        // A template that could not be read has no probes.
        const known = what.includes('ports') ? { ...each, callee: { ...each.callee, probes: [] } } : each;
        const full = ask(known);
        const partial = ask(forget(known, what));
        // What is taken for granted may be otherwise.
        const granted = ['The call is no probe', 'The call is one of gRPC', 'The addresses of'];
        if (partial.assumed.some((sentence) => granted.some((start) => sentence.startsWith(start)))) return;
        if (partial.verdict !== 'unknown') {
          expect(partial.dependsOn).toEqual([]);
          expect(partial.verdict).toBe(full.verdict);
          return;
        }
        unknown++;
        expect(partial.dependsOn).not.toEqual([]);
        for (const phrase of partial.dependsOn)
          expect(
            what.some((each) => PHRASES[each].test(phrase)),
            phrase,
          ).toBe(true);
      }),
      { numRuns: numRuns * 2 },
    );
    expect(unknown).toBeGreaterThan(0);
  });

  it('needs no objects but those of the namespace and of those that it refers to', () => {
    fc.assert(
      fc.property(situation, (each) => {
        const own = each.objects.filter(({ metadata }) => metadata.namespace === 'shop');
        const referred = referredNamespaces(own.map(asObject));
        const needed = each.objects.filter(({ metadata }) => metadata.namespace === 'shop' || referred.includes(metadata.namespace));
        expect(ask({ ...each, objects: needed })).toEqual(ask(each));
      }),
      { numRuns },
    );
  });

  it('an answer always says who decides, and refuses only what it refuses', () => {
    fc.assert(
      fc.property(situation, forgotten, (known, what) => {
        const { verdict, decidedBy, chain, dependsOn, refusal } = ask(forget(known, what));
        expect(chain.at(-1)).toEqual(decidedBy);
        expect(verdict === 'unknown').toBe(dependsOn.length > 0);
        if (verdict === 'allowed' || verdict === 'unknown') expect(refusal).toBeUndefined();
        if (verdict === 'not-found') expect(refusal).toBe(404);
      }),
      { numRuns },
    );
  });

  it('garbage never throws', () => {
    const mangled = manifests.chain((objects) =>
      fc.tuple(...objects.map((object) => garbled(object))).map((each): readonly Manifest[] => each),
    );
    fc.assert(
      fc.property(situation, mangled, forgotten, (known, objects, what) => {
        const answer = ask(forget({ ...known, objects }, what));
        expect(['allowed', 'denied', 'not-found', 'unknown']).toContain(answer.verdict);
        expect(answer.chain.every(({ says }) => says.length < 2000 && !says.includes('\n'))).toBe(true);
        referredNamespaces(objects.map(asObject));
      }),
      { numRuns },
    );
  });
});
