import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../../src/policy/linkerd/inbound.ts';
import type { LinkerdSettings } from '../../../../src/policy/linkerd/world.ts';
import { transcribe } from './transcription.ts';
import { callees, calls, garbled, type Manifest, manifests, peers, ports, SETTINGS, settings, worldOf } from './worlds.ts';

const numRuns = Number(process.env.LINKERD_RUNS ?? 1500);

type Situation = readonly [readonly Manifest[], Partial<LinkerdSettings>, Callee, number, Peer, AccessCall];
const rest = [settings, callees, ports, peers, calls] as const;

function agree([objects, some, callee, port, peer, call]: Situation): string {
  const { verdict, refusal } = linkerdInbound(callee, port, worldOf(objects, some)).decide(peer, call);
  const expected = transcribe(callee, port, [...objects], { ...SETTINGS, ...some }, peer, call);
  expect(refusal === undefined ? { verdict } : { verdict, refusal }).toEqual(expected);
  return `${verdict} ${refusal}`;
}

describe('the evaluator against a straight transcription of the rules', { timeout: 600_000 }, () => {
  it('agrees on calls of which everything is known', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(manifests, ...rest, (...situation) => {
        const result = agree(situation);
        seen.set(result, (seen.get(result) ?? 0) + 1);
      }),
      { numRuns },
    );
    // The fuzzer gets everywhere.
    for (const result of ['allowed undefined', 'denied 403', 'denied reset', 'not-found 404'])
      expect(seen.get(result), result).toBeGreaterThan(5);
  });

  it('agrees on objects that no API server would have let in', () => {
    const mangled = manifests.chain((objects) => fc.tuple(...objects.map((object) => garbled(object, 40, false))));
    fc.assert(
      fc.property(mangled, ...rest, (...situation) => {
        agree(situation);
      }),
      { numRuns: Math.ceil(numRuns / 5) },
    );
  });
});
