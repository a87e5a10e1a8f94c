/** What the JavaScript servers of the benchmark have in common: the product's tool list, and the one tool that is called. */
import { z } from 'zod';

/** A tool as `tools/list` shows it. */
export interface ToolDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly inputSchema: Schema;
  readonly outputSchema: Schema;
  readonly annotations: {
    readonly readOnlyHint: boolean | undefined;
    readonly destructiveHint: boolean | undefined;
    readonly idempotentHint: boolean | undefined;
    readonly openWorldHint: boolean | undefined;
  };
}

/** An object's JSON Schema; an index signature alone, so that it fits every SDK's own type. */
export interface Schema {
  readonly type: 'object';
  readonly [keyword: string]: unknown;
}

export interface PeerResult {
  content: { type: 'text'; text: string }[];
  structuredContent: Record<string, unknown>;
  [member: string]: unknown;
}

/** A tool as an SDK's `registerTool(name, config, run)` takes it. */
export interface PeerTool {
  readonly name: string;
  readonly config: {
    readonly title: string;
    readonly description: string;
    readonly inputSchema: z.ZodObject;
    readonly outputSchema: z.ZodObject;
    readonly annotations: ToolDefinition['annotations'];
  };
  readonly run: (args: Record<string, unknown>) => Promise<PeerResult>;
}

/**
 * The tools with zod schemas, as the SDKs' documentation writes them. They are made once and shared by all requests, which is kinder than the published
 * component, whose every request makes its schemas anew. `petstore` is the API's base URL; it is asked for at each call.
 */
export function peerTools(definitions: readonly ToolDefinition[], petstore: () => string): readonly PeerTool[] {
  return definitions.map(({ name, title, description, inputSchema, outputSchema, annotations }) => ({
    name,
    config: { title, description, annotations, inputSchema: zodObject(inputSchema), outputSchema: zodObject(outputSchema) },
    run: async (args) => {
      if (name !== 'get_pet_find_by_status') throw new Error('this tool is in the list alone');
      return findPetsByStatus(petstore(), String(args.status));
    },
  }));
}

async function findPetsByStatus(petstore: string, status: string): Promise<PeerResult> {
  const response = await fetch(`${petstore}/pet/findByStatus?status=${encodeURIComponent(status)}`, {
    headers: { accept: 'application/json' },
  });
  if (!response.ok) throw new Error(`the Petstore answered ${response.status}`);
  const pets: unknown = await response.json();
  if (!Array.isArray(pets)) throw new Error('the Petstore answered no list');
  const structuredContent = { pets, total: pets.length, truncated: false };
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

function zodObject(schema: Schema): z.ZodObject {
  // zod has a type of its own for JSON Schema, whose keywords are these.
  const made = z.fromJSONSchema(withoutIntegers(schema) as unknown as Parameters<typeof z.fromJSONSchema>[0]);
  if (!(made instanceof z.ZodObject)) throw new Error('a tool takes and gives objects');
  return made;
}

/**
 * `integer` as `number`: zod prints the limits of its integers into every schema, which would make the peers' lists a fifth longer than the product's,
 * and the check is quicker.
 */
function withoutIntegers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, key === 'type' && member === 'integer' ? 'number' : withoutIntegers(member)]),
  );
}
