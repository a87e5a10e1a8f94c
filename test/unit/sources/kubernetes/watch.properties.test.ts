import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import type { Refusal } from '../../../../src/sources/kubernetes/outcome.ts';
import { begin, step } from '../../../../src/sources/kubernetes/watch.ts';
import { resumePoint, type WatchEvent } from '../../../../src/sources/kubernetes/watch-state.ts';
import { History, POD_SPEC, turn } from './support/history.ts';
import { fold, sorted } from './support/model-cluster.ts';
import { bookmark, event, failing, lines, status, throttled } from './support/pods.ts';

describe('after any history of events and failures', () => {
  it('what was told adds up to a fresh list', () => {
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
        const history = new History();
        for (const each of turns) history.play(each);
        history.settle();
        expect(sorted(history.told)).toEqual(sorted(history.cluster.kept(['pods'])));
      }),
      { numRuns: 500 },
    );
  });

  it('no change ever leaves what was told in a state that the cluster was never in, while lists and events are whole', () => {
    // Without crashes and replays the set that was told is, after every step, the one of the moment that the machine has come to.
    const calm = turn.map((each) => ({ ...each, trouble: each.trouble === 'crash' ? ('none' as const) : each.trouble }));
    fc.assert(
      fc.property(fc.array(calm, { maxLength: 30 }), (turns) => {
        const history = new History();
        for (const each of turns) {
          history.play(each);
          const point = resumePoint(history.state);
          if (point === undefined || history.state.tag !== 'watching') continue;
          const then = new Map<string, KeptObject>();
          const reader = step(
            begin(undefined, POD_SPEC).state,
            {
              tag: 'page',
              list: {
                kind: 'PodList',
                items: history.cluster.objects('pods', undefined, Number(point)),
                resourceVersion: point,
                continueToken: undefined,
              },
            },
            POD_SPEC,
            { nowMs: 0, jitter: 0 },
          );
          fold(then, reader.changes);
          expect(sorted(history.told)).toEqual(sorted(then));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('it takes any event in any state, and neither throws nor runs without a pause', () => {
    const anyEvent: fc.Arbitrary<WatchEvent> = fc.oneof(
      fc.record({
        tag: fc.constant('page' as const),
        list: fc.record({
          kind: fc.constantFrom('PodList', 'PartialObjectMetadataList', 'ServiceList'),
          items: fc.array(fc.jsonValue(), { maxLength: 3 }),
          resourceVersion: fc.constantFrom('1', '2', '30', ''),
          continueToken: fc.constantFrom('x', 'y', undefined),
        }),
      }),
      fc.constantFrom<WatchEvent>({ tag: 'opened' }, { tag: 'ended' }, { tag: 'due' }),
      fc
        .array(
          fc.oneof(
            fc.json(),
            fc.string(),
            fc.constantFrom(bookmark('7'), bookmark('50'), event('ADDED', 'a', '20'), status(410), status(503)),
          ),
          { maxLength: 4 },
        )
        .map((texts) => lines(...texts)),
      fc
        .constantFrom<Refusal>(
          throttled(),
          failing(),
          { tag: 'expired' },
          { tag: 'too-large' },
          { tag: 'unreachable', detail: '' },
          { tag: 'not-http', detail: '' },
        )
        .map((refusal) => ({ tag: 'refused' as const, refusal })),
    );
    fc.assert(
      fc.property(fc.constantFrom(undefined, '10', 'odd'), fc.array(anyEvent, { maxLength: 40 }), (resume, events) => {
        let { state } = begin(resume, POD_SPEC);
        for (const each of events) {
          const next = step(state, each, POD_SPEC, { nowMs: 0, jitter: 0.5 });
          if (next.command.tag === 'wait') expect(next.command.untilMs).toBeGreaterThan(0);
          state = next.state;
        }
      }),
    );
  });
});
