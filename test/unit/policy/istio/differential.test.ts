import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { istioInbound } from '../../../../src/policy/istio/inbound.ts';
import { readObjects } from '../../../../src/policy/objects/kube-object.ts';
import { callOf, conceal, type KnownCall, knownCall, objects, peerOf, type Setting, setting, situationOf, veil } from './arbitraries.ts';
import { type Manifest, SETTINGS } from './mesh.ts';
import { type Situation, transcribe } from './transcription.ts';

const RUNS = Number(process.env.ISTIO_RUNS ?? 500);

/** Who nobody here can ask may say either; a verdict that is not unknown holds whatever they say. */
const WORDS: readonly Pick<Situation, 'authorizer' | 'metadata' | 'podAddress' | 'waypointAddress'>[] = [
  { authorizer: () => true, metadata: () => false, podAddress: '10.1.0.1', waypointAddress: '10.1.0.2' },
  { authorizer: () => false, metadata: () => true, podAddress: '192.168.0.1', waypointAddress: 'fd00::2' },
  { authorizer: () => true, metadata: (_, value) => value === 'v', podAddress: 'fd00::9', waypointAddress: '192.168.0.2' },
];

/** Whether no RequestAuthentication could refuse the call's token. */
function takesToken(manifests: readonly Manifest[], place: Setting, known: KnownCall): boolean {
  const only = manifests.filter(({ kind }) => kind === 'RequestAuthentication');
  const bare = { ...place, callee: { ...place.callee, annotations: {} } };
  return (
    transcribe({
      ...situationOf([...only, ...place.extra], bare, { ...known, principal: 'spiffe://cluster.local/ns/shop/sa/client' }),
      ...WORDS[0],
    }) === 'allowed'
  );
}

describe('the evaluator and a plain transcription of Istio’s sources', () => {
  it('agree on calls of which everything is known', () => {
    fc.assert(
      fc.property(objects, setting, knownCall, (some, place, known) => {
        const manifests = [...some, ...place.extra];
        const world = { objects: readObjects(manifests), settings: { ...SETTINGS, trustDomainAliases: place.aliases } };
        const answer = istioInbound(place.callee, 8080, world).decide(peerOf(known), callOf(known));
        const verdicts = new Set(WORDS.map((words) => transcribe({ ...situationOf(manifests, place, known), ...words })));
        if (answer.verdict === 'unknown') {
          // Only what nobody can know may leave it open, and the answer has to name it.
          expect(answer.dependsOn.length).toBeGreaterThan(0);
          for (const phrase of answer.dependsOn)
            expect(phrase).toMatch(/authorizer|metadata|address of the pod|address of the waypoint|dry run of CUSTOM/);
        } else {
          expect([...verdicts]).toEqual([answer.verdict]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('agree on whatever is not known: a verdict holds for everything that it may be', () => {
    fc.assert(
      fc.property(objects, setting, knownCall, veil, (some, place, known, hidden) => {
        const manifests = [...some, ...place.extra];
        const world = { objects: readObjects(manifests), settings: { ...SETTINGS, trustDomainAliases: place.aliases } };
        const { peer, call } = conceal(known, hidden);
        const answer = istioInbound(place.callee, 8080, world).decide(peer, call);
        // Tokens are taken as good ones, identities as the mesh's, and who speaks of HTTP speaks HTTP.
        const foreign = hidden.identity && known.principal !== undefined && !known.principal.startsWith('spiffe://cluster.local/');
        const refused = foreign || (hidden.claims && known.claims !== null && !takesToken(some, place, known));
        // Without TLS there is no server name.
        const named = hidden.sni && known.sni !== '' && (known.principal === undefined || JSON.stringify(some).includes('"DISABLE"'));
        const speaks = call.method !== undefined || call.path !== undefined || call.host !== undefined || call.headers !== undefined;
        if (refused || named || (hidden.protocol && speaks && !known.http)) return;
        for (const words of WORDS) {
          const verdict = transcribe({ ...situationOf(manifests, place, known), ...words });
          if (answer.verdict !== 'unknown') expect(answer.verdict).toBe(verdict);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
