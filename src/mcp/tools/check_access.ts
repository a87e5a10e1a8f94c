import { type Principal, permits } from '../../access/principal.ts';
import { type AccessQuestion, checkAccess } from '../../assess/check-access.ts';
import type { Judgement } from '../../assess/judgement.ts';
import { accessMatrix, type MatrixRow } from '../../assess/matrix.ts';
import { unseenClients } from '../../assess/named-clients.ts';
import { AccessWorld } from '../../assess/world.ts';
import { fromGraph } from '../../collector/from-graph.ts';
import { defined } from '../../graph/defined.ts';
import { namespaceOf, parseNodeId, shortName } from '../../graph/ids.ts';
import type { NodeId } from '../../graph/model.ts';
import { inboundEdges } from '../../graph/query/golden-signals.ts';
import { nodesIn } from '../../graph/query/view.ts';
import { requestsText } from '../../graph/units.ts';
import { MeshError } from '../../lib/errors.ts';
import { textTable } from '../../lib/table.ts';
import { counted, listed } from '../../lib/wording.ts';
import { described, limitedText, z } from '../../lib/zod.ts';
import type { GraphReader } from '../../store/graph/reader.ts';
import { defineTool, type ToolAnswer } from '../tool.ts';
import { type Budget, budgetOf, fitRows, LONG_CHARACTERS, shortNotes } from './graph/fit-rows.ts';
import { integer, optionalInteger, optionalNumber, optionalText, text, texts } from './graph/shapes.ts';
import { graphAnswer, statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';
import { answerData, answerLines, answerShape, stepText, verdict, verdictText } from './policy/answers.ts';
import { callInput, callOf } from './policy/call.ts';
import { findCaller, parseCaller } from './policy/caller.ts';
import { Deciders } from './policy/deciders.ts';
import { calleeName, findNode, parseCallee } from './policy/nodes.ts';

/** Rows of a kind in one answer; what is more is counted. */
const MAX_ROWS = 100;

const input = z.strictObject({
  to: described(calleeName, 'Who is called: namespace/service, namespace/Kind/name of a workload, or host:port outside of the cluster.'),
  from: described(
    z.optional(limitedText({ max: 600 })),
    'Who calls: namespace/workload (or namespace/Kind/name), a SPIFFE id or Linkerd identity, an IP address, or "unauthenticated". Without it: all callers that were seen.',
  ),
  address: described(z.optional(limitedText({ max: 45 })), 'The caller’s IP address, if known.'),
  port: described(
    z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
    'Of the Service, or of the workload’s pods; without it all TCP ports.',
  ),
  ...callInput,
});

const output = z.object({
  ...statusShape,
  to: text,
  from: optionalText,
  answer: described(z.optional(z.object(answerShape)), 'For one caller.'),
  ways: described(
    z.array(z.object({ caller: optionalText, callee: text, port: integer, verdict, decidedBy: text })),
    'Where sorts of pods or ports are judged apart.',
  ),
  callers: described(
    z.array(
      z.object({
        peer: text,
        ports: z.array(integer),
        verdict,
        decidedBy: text,
        rps: optionalNumber,
        denied: described(optionalNumber, 'Decisions a second against it that were observed.'),
      }),
    ),
    'Without from: by node id, the busiest first.',
  ),
  alsoLetIn: described(z.optional(texts), 'Without from: identities that policies name and let in, and that were not seen.'),
  omitted: described(optionalInteger, 'Rows left out.'),
});

type Answer = ToolAnswer<z.core.input<typeof output>>;

/** "May A call B, and which policy decides?" */
export const checkAccessTool = defineTool({
  name: 'check_access',
  title: 'May A call B?',
  description:
    'Says whether the policies of the mesh (Linkerd or Istio) let a call through: allowed, denied, not-found (no route takes it) or unknown, with the object that decides, all reasons, ' +
    'what was assumed and what it depends on. Computed from the policies themselves. Without `from`: a table of all callers that were seen. Give method and path where policies look at them.',
  toolset: 'policy',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: ({ to, from, address, port, ...parts }, { ports, config, principal }) => {
    const callee = parseCallee(to);
    if (callee === undefined) throw new MeshError('internal', 'The schema lets pass what cannot be called.');
    if (from === undefined && address !== undefined) throw new MeshError('invalid', 'address: belongs to a caller. Pass from, too.');
    if (from === undefined && callee.tag === 'outside')
      throw new MeshError('invalid', 'from: is needed where the callee is outside of the cluster.');
    const caller = from === undefined ? undefined : parseCaller(from, address);
    const namespaces = [
      ...(callee.tag === 'node' ? [callee.node.namespace] : []),
      ...(caller?.tag === 'named' ? [caller.node.namespace] : []),
    ];
    for (const namespace of namespaces) requireViewOf(principal, namespace);
    const call = callOf(parts);
    const budget = budgetOf(config.maxAnswerCharacters, LONG_CHARACTERS);
    return fromGraph(ports, config, (reader) => {
      const world = new AccessWorld((names) => reader.objects(names), config, reader.status.unread);
      // Both ends in one batch.
      world.load(namespaces);
      const id = callee.tag === 'outside' ? callee.id : findNode(reader, world, callee.node, 'service');
      if (caller === undefined) return matrixAnswer(reader, world, { to: id, port, call }, principal, budget);
      const who = findCaller(reader, world, caller, address);
      const result = checkAccess(world, { from: who, to: id, port, call });
      if (result.tag !== 'judged') throw noPort(to, port, result.tag === 'no-port' ? result.ports : []);
      return oneAnswer(reader, id, who.tag === 'node' ? who.id : (from ?? ''), result, budget);
    });
  },
});

function noPort(to: string, port: number | undefined, known: readonly number[]): MeshError {
  const there = known.length === 0 ? 'No TCP port of it is known: pass port.' : `Its TCP ports: ${known.join(', ')}.`;
  return new MeshError('invalid', `${port === undefined ? '' : `"${to}" has no TCP port ${port}. `}${there}`);
}

/** The answer for one caller. */
function oneAnswer(reader: GraphReader, to: NodeId, from: string, { answer, parts }: Judgement, budget: Budget): Answer {
  const several = parts.length > 1;
  const [only] = parts;
  const port = several || only === undefined || parseNodeId(to)?.tag === 'external' ? '' : ` port ${only.port}`;
  return fitRows({ most: Math.min(MAX_ROWS, parts.length), least: 0 }, budget, (rows, items) => {
    const ways = several ? parts.slice(0, rows) : [];
    const omitted = several ? parts.length - ways.length : 0;
    return graphAnswer(reader.status, budget, {
      lines: [
        `${verdictText(answer)}: ${from} -> ${shortName(to)}${port}`,
        ...answerLines(answer, items),
        ...(ways.length === 0
          ? []
          : textTable([
              ['CALLER', 'CALLEE', 'PORT', 'VERDICT', 'DECIDED BY'],
              ...ways.map((part) => [
                part.caller ?? '-',
                part.callee,
                String(part.port),
                verdictText(part.answer),
                stepText(part.answer.decidedBy),
              ]),
            ])),
      ],
      data: {
        to,
        from,
        answer: answerData(answer, items),
        ways: ways.map(({ caller, callee, port, answer: own }) => ({
          ...defined({ caller }),
          callee,
          port,
          verdict: own.verdict,
          decidedBy: stepText(own.decidedBy),
        })),
        callers: [],
        ...(omitted === 0 ? {} : { omitted }),
      },
      notes: shortNotes(items),
    });
  });
}

/** The table of callers that were seen. */
function matrixAnswer(
  reader: GraphReader,
  world: AccessWorld,
  { to, port, call }: Pick<AccessQuestion, 'to' | 'port' | 'call'>,
  principal: Principal,
  budget: Budget,
): Answer {
  const home = namespaceOf(to) ?? '';
  const view = reader.view([home]);
  const node = nodesIn(view).get(to);
  const edges = node === undefined || node.tag === 'other' ? [] : inboundEdges(view, node);
  const all = accessMatrix(world, edges, call).filter(({ ports }) => port === undefined || ports.includes(port));
  const seen = all.filter(({ source }) => permits(principal, 'viewer', namespaceOf(source)));
  const hidden = all.length - seen.length;
  const clients = unseenClients(
    world,
    to,
    port,
    all.map(({ source }) => source),
    call,
  );
  const notes = [
    ...(reader.status.trafficAt === undefined ? [] : ['Only callers that were seen within the last minutes are listed.']),
    ...(hidden === 0 ? [] : [`${counted(hidden, 'caller')} of namespaces that you may not view ${hidden === 1 ? 'is' : 'are'} left out.`]),
  ];
  return fitRows({ most: Math.min(MAX_ROWS, seen.length), least: Math.min(1, seen.length) }, budget, (rows, items) => {
    const shown = seen.slice(0, rows);
    const omitted = seen.length - shown.length;
    return graphAnswer(reader.status, budget, {
      lines: [
        `Who may call ${shortName(to)}: ${seen.length === 0 ? 'no caller was seen.' : totalsText(seen)}`,
        ...matrixTable(shown, home),
        ...(omitted === 0 ? [] : [`and ${omitted} more`]),
        ...(clients.length === 0 ? [] : [`Also let in, though not seen: ${listed(clients, MOST_NAMED)}`]),
      ],
      data: {
        to,
        ways: [],
        alsoLetIn: clients.slice(0, Math.min(items, MAX_ROWS)),
        callers: shown.map((row) => ({
          peer: row.source,
          ports: [...row.ports],
          verdict: row.answer.verdict,
          decidedBy: stepText(row.answer.decidedBy),
          ...defined({ rps: row.rps, denied: row.denied }),
        })),
        ...(omitted === 0 ? {} : { omitted }),
      },
      notes: [...notes, ...assumptionsOf(seen, items)],
    });
  });
}

/** What was taken for granted for some caller, each once. */
function assumptionsOf(rows: readonly MatrixRow[], items: number): readonly string[] {
  return [...new Set(rows.flatMap(({ answer }) => answer.assumed))].slice(0, Math.min(items, MAX_ASSUMPTIONS));
}

const MAX_ASSUMPTIONS = 5;
/** Identities in one line of text; the data has more. */
const MOST_NAMED = 8;

function totalsText(rows: readonly MatrixRow[]): string {
  const totals = verdict.options.flatMap((each) => {
    const number = rows.filter(({ answer }) => answer.verdict === each).length;
    return number === 0 ? [] : [`${number} ${each}`];
  });
  return `of ${counted(rows.length, 'caller')} ${totals.join(', ')}.`;
}

function matrixTable(rows: readonly MatrixRow[], home: string): readonly string[] {
  if (rows.length === 0) return [];
  const deciders = new Deciders();
  const table = textTable([
    ['FROM', 'PORT', 'VERDICT', 'RPS', 'BY'],
    ...rows.map(({ source, ports, answer, rps, denied }) => [
      shortName(source, home),
      ports.join(' '),
      verdictText(answer),
      `${rps === undefined ? '-' : requestsText(rps)}${denied === undefined || denied === 0 ? '' : `, ${requestsText(denied)} denied`}`,
      deciders.of(stepText(answer.decidedBy)),
    ]),
  ]);
  return [...table, ...deciders.lines()];
}
