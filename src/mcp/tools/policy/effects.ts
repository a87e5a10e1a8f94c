import type { EdgeEffect, Effect } from '../../../assess/effect.ts';
import { defined } from '../../../graph/defined.ts';
import { namespaceOf, shortName } from '../../../graph/ids.ts';
import { requestsText } from '../../../graph/units.ts';
import { textTable } from '../../../lib/table.ts';
import { counted } from '../../../lib/wording.ts';
import { described, z } from '../../../lib/zod.ts';
import { integer, number, optionalInteger, optionalNumber, optionalText, text } from '../graph/shapes.ts';
import { stepText, verdict, verdictText } from './answers.ts';
import { Deciders } from './deciders.ts';

/** What a change would do to the traffic that was observed, as members of an output schema. */
export const effectShape = {
  judged: described(integer, 'Observed edges that were judged.'),
  cutRps: described(number, 'Requests a second that would be let in no more.'),
  openedRps: described(number, 'Requests a second that would be let in and are not now.'),
  edges: described(
    z.array(
      z.object({
        source: text,
        destination: text,
        port: optionalInteger,
        rps: optionalNumber,
        example: described(optionalText, 'A call of which this is said, where not all are alike.'),
        before: verdict,
        after: verdict,
        decidedBy: described(text, 'After the change.'),
      }),
    ),
    'Whose verdict changes; those that are cut first.',
  ),
};

/** The effect without the edges of which somebody may not see an end, and how many these were. */
export function visibleEffect(
  effect: Effect,
  sees: (namespace: string | undefined) => boolean,
): { readonly shown: readonly EdgeEffect[]; readonly hidden: number } {
  const shown = effect.edges.filter(({ source, destination }) => sees(namespaceOf(source)) && sees(namespaceOf(destination)));
  return { shown, hidden: effect.edges.length - shown.length };
}

export function effectData({ judged, cutRps, openedRps }: Effect, edges: readonly EdgeEffect[]) {
  return {
    judged,
    cutRps,
    openedRps,
    edges: edges.map(({ source, destination, port, rps, example, before, after }) => ({
      source,
      destination,
      ...defined({ port, rps, example }),
      before: before.verdict,
      after: after.verdict,
      decidedBy: stepText(after.decidedBy),
    })),
  };
}

export function effectLines(
  { judged, cutRps, openedRps, edges: all }: Effect,
  edges: readonly EdgeEffect[],
  within: string | undefined,
): readonly string[] {
  if (all.length === 0) return [`Of ${counted(judged, 'observed edge')} none changes its verdict.`];
  const deciders = new Deciders();
  return [
    `Of ${counted(judged, 'observed edge')} ${all.length} would change: ${requestsText(cutRps)} cut, ${requestsText(openedRps)} let in anew.`,
    ...(edges.length === 0
      ? []
      : textTable([
          ['FROM', 'TO', 'PORT', 'RPS', 'CALLS', 'BEFORE', 'AFTER', 'BY'],
          ...edges.map(({ source, destination, port, rps, example, before, after }) => [
            shortName(source, within),
            shortName(destination, within),
            port === undefined ? '-' : String(port),
            rps === undefined ? '-' : requestsText(rps),
            example ?? 'all',
            verdictText(before),
            verdictText(after),
            deciders.of(stepText(after.decidedBy)),
          ]),
        ])),
    ...deciders.lines(),
  ];
}
