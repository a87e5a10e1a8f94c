import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { Principal, Role } from '../access/principal.ts';
import type { Config, Toolset } from '../config.ts';
import { MeshError } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
import { z } from '../lib/zod.ts';
import type { Ports } from '../ports/ports.ts';

/** What a running tool may use. */
export interface ToolCall {
  readonly ports: Ports;
  readonly config: Config;
  /** Who calls. That they have the tool's role somewhere was checked; where that must be in a certain namespace, the tool asks `permits` itself. */
  readonly principal: Principal;
  /** Tells the client how far the call is, if it asked for that and can hear it; otherwise does nothing. */
  readonly progress: (progress: number, total?: number, message?: string) => void;
}

/** A tool's answer: the same facts twice, as text that a model reads well and as data that fits the output schema. */
export interface ToolAnswer<Output> {
  readonly text: string;
  readonly structured: Output;
}

/** All four hints, always said outright: a client must not have to guess. */
export type RequiredAnnotations = Required<Omit<ToolAnnotations, 'title'>>;

/** A tool as its file writes it. `run` throws `MeshError` for every failure; the dispatcher turns that into a result with `isError`. */
export interface ToolDefinition<Input extends z.core.$ZodObject, Output extends z.core.$ZodObject> {
  /** `[a-z0-9_]{1,64}` */
  readonly name: string;
  readonly title: string;
  /** Written for a model: what it answers, when to use it, what it costs or changes. */
  readonly description: string;
  readonly toolset: Toolset;
  /** The least role that may call it, and sees it in lists; `viewer` where it is not given. */
  readonly role?: Role;
  /** What it works on belongs to no namespace: the role has to hold everywhere. */
  readonly everywhere?: boolean;
  readonly annotations: RequiredAnnotations;
  readonly input: Input;
  readonly output: Output;
  readonly run: (input: z.core.output<Input>, call: ToolCall) => ToolAnswer<z.core.input<Output>>;
}

/** A tool as the server holds it: schemas rendered, types erased behind validation. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly toolset: Toolset;
  readonly role: Role;
  readonly everywhere: boolean;
  readonly annotations: RequiredAnnotations;
  readonly inputSchema: JsonObject;
  readonly outputSchema: JsonObject;
  /** Checks the arguments, runs. Throws `MeshError('invalid')` that names every bad argument, or what the tool throws. */
  readonly call: (args: unknown, call: ToolCall) => ToolAnswer<JsonObject>;
}

/** Renders a definition once, at module level, so that it lies in the component's snapshot and costs a request nothing. */
export function defineTool<Input extends z.core.$ZodObject, Output extends z.core.$ZodObject>(
  definition: ToolDefinition<Input, Output>,
): Tool {
  const { name, title, description, toolset, role = 'viewer', everywhere = false, annotations, input, output, run } = definition;
  // What comes out does not matter: zod sets a schema up when it first checks something, and this way that is in the snapshot, too.
  z.safeParse(input, {});
  return {
    name,
    title,
    description,
    toolset,
    role,
    everywhere,
    annotations,
    inputSchema: jsonSchema(input, 'input'),
    outputSchema: jsonSchema(output, 'output'),
    call: (args, call) => {
      const parsed = z.safeParse(input, args ?? {});
      if (!parsed.success) throw new MeshError('invalid', `${name}: ${problems(parsed.error)}`);
      const answer = run(parsed.data, call);
      // The output schema describes JSON: everything that a run may return under it is a JSON object.
      return { text: answer.text, structured: answer.structured as JsonObject };
    },
  };
}

function jsonSchema(schema: z.core.$ZodObject, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    // zod says of every integer that it is a safe one, and of every key that it is a text; to a model that is noise, and there are many.
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames;
    },
  });
  // zod types its result as its own JSON Schema interface, whose values are JSON by construction.
  return rest as unknown as JsonObject;
}

/** Enough to mend a call by; arguments that do not exist are listed by name, and a caller may send any number of them. */
const MAX_PROBLEMS_CHARACTERS = 1_000;

/** All issues in one line: `status: Invalid option: expected one of "available"|"pending"|"sold"; tags.0: …`. */
function problems(error: z.core.$ZodError): string {
  const all = error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${plain(message)}` : plain(message)))
    .join('; ');
  return all.length <= MAX_PROBLEMS_CHARACTERS ? all : `${all.slice(0, MAX_PROBLEMS_CHARACTERS)}… and more`;
}

/** zod's words for what is not there, and for an object whose members are free, in those of JSON. */
function plain(message: string): string {
  return message.replace('expected record', 'expected object').replace(/^Invalid input: (expected .*), received undefined$/, 'missing, $1');
}
