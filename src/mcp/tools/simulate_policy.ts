import { permits } from '../../access/principal.ts';
import { effectOf } from '../../assess/effect-of.ts';
import { problemsAfter } from '../../assess/problems-after.ts';
import { keyOf } from '../../assess/with-changes.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import type { JsonObject } from '../../lib/json.ts';
import { counted } from '../../lib/wording.ts';
import { described, limitedList, limitedText, z } from '../../lib/zod.ts';
import { defineTool } from '../tool.ts';
import { budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './graph/fit-rows.ts';
import { optionalInteger, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';
import { namespaceOfWanted, parseChanges, planChanges } from './policy/changes.ts';
import { effectData, effectLines, effectShape, visibleEffect } from './policy/effects.ts';

/** Rows of a kind in one answer; what is more is counted. */
const MAX_ROWS = 60;
const MAX_OBJECTS = 20;

const input = z.strictObject({
  manifests: described(
    z._default(limitedList(z.record(z.string(), z.unknown()), { max: MAX_OBJECTS }), []),
    'Whole policies or routes to add or to put in the place of those of the same name, as JSON objects with apiVersion, kind, metadata (name, namespace) and spec.',
  ),
  delete: described(
    z._default(limitedList(limitedText({ max: 600 }), { max: MAX_OBJECTS }), []),
    'Objects to delete: namespace/Kind.group/name, as list_policies gives them.',
  ),
});

const output = z.object({
  ...statusShape,
  objects: z.array(
    z.object({
      id: text,
      action: z.enum(['add', 'change', 'delete']),
      problems: described(texts, 'What of it would have no effect or be wrong.'),
    }),
  ),
  ...effectShape,
  omitted: described(optionalInteger, 'Edges left out.'),
});

/** What a change of policies would do, without making it. */
export const simulatePolicy = defineTool({
  name: 'simulate_policy',
  title: 'What would a policy change do?',
  description:
    'Judges the traffic that was observed as if policies or routes were added, changed or deleted: which calls would be denied that are let in now, how many requests a second that cuts, ' +
    'which would be let in anew, and what is wrong with the manifests. Touches nothing in the cluster. Use it before applying a policy.',
  toolset: 'policy',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ manifests, delete: deleted }, { ports, config, principal }) => {
    // What came as JSON is JSON.
    const wanted = parseChanges(manifests as readonly JsonObject[], deleted);
    const namespaces = [...new Set(wanted.map(namespaceOfWanted))];
    for (const namespace of namespaces) requireViewOf(principal, namespace);
    const budget = budgetOf(config.maxAnswerCharacters, LONG_CHARACTERS);
    return fromGraph(ports, config, (reader) => {
      const planned = planChanges(wanted, reader.objects(namespaces));
      const changes = planned.map(({ change }) => change);
      const effect = effectOf(reader, config, changes);
      const problems = problemsAfter(reader, config, changes);
      const { shown, hidden } = visibleEffect(effect, (namespace) => permits(principal, 'viewer', namespace));
      const [within, ...more] = namespaces;
      return fitRows({ most: Math.min(MAX_ROWS, shown.length), least: Math.min(1, shown.length) }, budget, (rows, items) => {
        const edges = shown.slice(0, rows);
        const omitted = shown.length - edges.length;
        const objects = planned.map(({ id, action, change }) => ({
          id,
          action,
          problems: (problems.get(keyOf(change)) ?? []).slice(0, items),
        }));
        return graphAnswer(reader.status, budget, {
          lines: [
            ...objects.flatMap((object) => [`${object.action} ${object.id}`, ...object.problems.map((problem) => `  ! ${problem}`)]),
            ...effectLines(effect, edges, more.length === 0 ? within : undefined),
            ...(omitted === 0 ? [] : [`and ${omitted} more`]),
          ],
          data: { objects, ...effectData(effect, edges), ...(omitted === 0 ? {} : { omitted }) },
          notes: [
            ...effect.notes,
            ...(hidden === 0 ? [] : [`Counted, not listed: ${counted(hidden, 'edge')} with an end that you may not view.`]),
            ...shortNotes(items),
          ],
        });
      });
    });
  },
});
