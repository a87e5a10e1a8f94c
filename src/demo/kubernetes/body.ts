import { parse } from 'yaml';
import type { HeaderList } from '../../lib/headers.ts';
import { header } from '../../lib/headers.ts';
import type { Json } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import { badRequest, unsupportedMediaType } from './status.ts';

/** The media types of bodies, without parameters. */
export const MEDIA = {
  json: 'application/json',
  yaml: 'application/yaml',
  jsonPatch: 'application/json-patch+json',
  mergePatch: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export type Media = (typeof MEDIA)[keyof typeof MEDIA];

/** The media type of a body, out of those that the endpoint takes. Throws 415. */
export function mediaType(headers: HeaderList, taken: readonly Media[]): Media {
  const [given = ''] = (header(headers, 'content-type') ?? MEDIA.json).split(';');
  const found = taken.find((media) => media === given.trim().toLowerCase());
  if (found === undefined) throw unsupportedMediaType(taken);
  return found;
}

/** Aliases in YAML may stand for at most so many nodes: text of a few lines must not grow into gigabytes. */
const MAX_ALIASES = 100;

/** The value that a body holds. Throws 400. */
export function parseBody(body: Uint8Array, media: Media): Json {
  const text = decodeUtf8(body);
  return media === MEDIA.yaml || media === MEDIA.apply ? parseYaml(text) : parseJson(text);
}

function parseJson(text: string): Json {
  const parsed = parseBounded(text);
  if (parsed.kind !== 'value') throw badRequest('the body of the request is not valid JSON');
  // JSON.parse gives nothing else.
  return parsed.value as Json;
}

function parseYaml(text: string): Json {
  const json = parseBounded(text);
  // JSON is YAML, and common.
  if (json.kind === 'value') return json.value as Json;
  try {
    // Through JSON, so that nothing but JSON comes out of it.
    return JSON.parse(JSON.stringify(parse(text, { maxAliasCount: MAX_ALIASES }) ?? null)) as Json;
  } catch {
    throw badRequest('error decoding YAML: error converting YAML to JSON: the body of the request is not valid YAML');
  }
}
