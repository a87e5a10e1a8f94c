import { isObject, type Json, type JsonObject } from '../../lib/json.ts';

/** A tool's parameter that clients repeat in the HTTP header `Mcp-Param-NAME`. */
export interface MirroredParameter {
  /** From the arguments down. */
  readonly path: readonly string[];
  readonly headerName: string;
}

const ANNOTATION = 'x-mcp-header';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TYPES: readonly unknown[] = ['string', 'integer', 'boolean'];

/**
 * The parameters that an input schema marks with `x-mcp-header` (2026-07-28, basic/transports/streamable-http, schema extension). Throws on a
 * mark that clients would reject the whole tool for.
 */
export function mirroredParameters(schema: JsonObject): readonly MirroredParameter[] {
  const found = marksUnder(schema, []);
  if (found.length !== countMarks(schema)) throw new Error(`${ANNOTATION} may only mark what is reachable through "properties" alone`);
  if (new Set(found.map(({ headerName }) => headerName.toLowerCase())).size !== found.length)
    throw new Error(`${ANNOTATION} repeats a name`);
  return found;
}

function marksUnder(schema: JsonObject, path: readonly string[]): readonly MirroredParameter[] {
  const { properties } = schema;
  if (!isObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    if (!isObject(property)) return [];
    const here = [...path, name];
    // A schema's parts are JSON.
    return [...markOf(property as JsonObject, here), ...marksUnder(property as JsonObject, here)];
  });
}

function markOf(property: JsonObject, path: readonly string[]): readonly MirroredParameter[] {
  const { [ANNOTATION]: headerName, type } = property;
  if (headerName === undefined) return [];
  if (typeof headerName !== 'string' || !TOKEN.test(headerName)) throw new Error(`${path.join('.')}: ${ANNOTATION} must be an HTTP token`);
  if (!TYPES.includes(type)) throw new Error(`${path.join('.')}: ${ANNOTATION} needs the type string, integer or boolean`);
  return [{ path, headerName }];
}

/** How many schemas anywhere in a schema carry the mark. Below `properties` the keys are parameter names, not keywords. */
function countMarks(value: Json | undefined, isSchema = true): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countMarks(item), 0);
  const entries = Object.entries(value as JsonObject);
  const own = isSchema && ANNOTATION in value ? 1 : 0;
  return entries.reduce((sum, [key, item]) => sum + countMarks(item, !(isSchema && key === 'properties')), own);
}
