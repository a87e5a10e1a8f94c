import { fromGraph } from '../../collector/from-graph.ts';
import { MeshError } from '../../lib/errors.ts';
import { described, z } from '../../lib/zod.ts';
import { withGraph } from '../../store/graph/reader.ts';
import { defineTool, type ToolCall } from '../tool.ts';
import { type Change, changeMessage, changeShape } from './graph/changes.ts';
import { optionalNamespace, requireNamespace, workloadName } from './graph/inputs.ts';
import { namespaceShape } from './graph/overview.ts';
import { integer } from './graph/shapes.ts';
import { statusShape } from './graph/status.ts';
import { requireViewOf } from './graph/view.ts';
import { type Seen, Watch } from './graph/watch.ts';

const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 60;
/** A change shows within two seconds: one for the collector, half a one here. */
const POLL_MS = 500;
/** After so long without a change the client is told that we are still there; if it left, this is when it shows. */
const HEARTBEAT_MS = 5_000;

const input = z.strictObject({
  since: described(z.optional(z.int().check(z.minimum(0))), 'The generation that you know. Leave it out to begin now.'),
  seconds: described(
    z._default(z.int().check(z.minimum(0), z.maximum(MAX_SECONDS)), DEFAULT_SECONDS),
    'How long to watch. 0: what changed so far.',
  ),
  namespace: described(optionalNamespace, 'Only changes in this namespace, traffic into and out of it included.'),
  workload: described(z.optional(workloadName), 'Only changes of this workload of the namespace.'),
  maxChanges: described(z.optional(z.int().check(z.minimum(1), z.maximum(1000))), 'End after so many changes; 1 waits for the next.'),
});

const output = z.object({
  ...statusShape,
  generation: described(integer, 'Pass it as since to go on.'),
  since: described(integer, 'Where the changes begin.'),
  changes: z.array(changeShape),
  gap: described(
    z.optional(z.enum(['unknown-generation', 'too-old', 'too-large'])),
    'Why changes are not known: namespaces is the graph as it is now.',
  ),
  namespaces: z.optional(z.array(namespaceShape)),
});

/** Changes of the graph as they happen. */
export const watchMeshGraph = defineTool({
  name: 'watch_mesh_graph',
  title: 'Watch the mesh graph change',
  description:
    'Waits for changes of the mesh graph and tells each within two seconds: workloads, services, routes, policies and traffic that came, went or changed. ' +
    'With a progress token each change comes at once as a progress notification; the result repeats them and names the generation to go on from. ' +
    'Use it after a change to see its effect, or with since and seconds 0 to catch up.',
  toolset: 'graph',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input,
  output,
  run: (wanted, call) => {
    const { ports, config } = call;
    requireNamespace(wanted);
    requireViewOf(call.principal, wanted.namespace);
    const until = ports.clock.monotonic() + wanted.seconds * 1000;
    const client = new Client(call, wanted.seconds);
    const watch = fromGraph(ports, config, (reader) => new Watch(reader, wanted, config.maxAnswerCharacters));
    for (;;) {
      const seen = look(call, watch);
      if (!(seen instanceof MeshError) && seen.tag === 'gap') return watch.answerGap(seen);
      if (!(seen instanceof MeshError)) watch.follow(seen, (change) => client.tell(change));
      const left = until - ports.clock.monotonic();
      if (watch.isOver || left <= 0) {
        if (!(seen instanceof MeshError)) return watch.answer();
        // Whoever was told something is not left with an error.
        if (watch.hasTold) return watch.answer([`At the end the graph could not be read: ${seen.message}`]);
        throw seen;
      }
      client.keepAlive();
      ports.clock.sleep(Math.min(POLL_MS, left));
    }
  },
});

/** Looks at the graph, or answers why that is not possible at the moment: who is waiting anyway can wait until it is. */
function look({ ports }: ToolCall, watch: Watch): Seen | MeshError {
  try {
    return withGraph(ports, (reader) => watch.look(reader));
  } catch (error) {
    if (error instanceof MeshError && error.code === 'unavailable') return error;
    throw error;
  }
}

/** Tells the client how the watch goes on: progress is its time, in seconds. Throws where the client left. */
class Client {
  readonly #call: ToolCall;
  readonly #seconds: number;
  readonly #began: number;
  #toldAt: number;
  /** In milliseconds. */
  #progress = -1;

  constructor(call: ToolCall, seconds: number) {
    this.#call = call;
    this.#seconds = seconds;
    this.#began = call.ports.clock.monotonic();
    this.#toldAt = this.#began;
  }

  tell(change: Change): void {
    this.#send(changeMessage(change));
  }

  keepAlive(): void {
    if (this.#call.ports.clock.monotonic() - this.#toldAt >= HEARTBEAT_MS) this.#send();
  }

  #send(message?: string): void {
    const now = this.#call.ports.clock.monotonic();
    this.#toldAt = now;
    // It must grow with every notification.
    this.#progress = Math.max(this.#progress + 1, Math.round(now - this.#began));
    const seconds = this.#progress / 1000;
    this.#call.progress(seconds, Math.max(this.#seconds, seconds), message);
  }
}
