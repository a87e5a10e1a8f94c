import type { Json } from '../../lib/json.ts';
import { parseBounded } from '../../lib/json-text.ts';

// Whatever changes the form of what is kept changes this number, so that an older or newer program reads "not ours".
const VERSION = 1;

/** What a text is about. */
export type Subject = 'topology' | 'traffic' | 'summaries';

/** A text that says what it is. */
export function seal(subject: Subject, content: Json): string {
  return JSON.stringify([VERSION, subject, content]);
}

/** The content of a text of this version and subject; undefined for any other text. */
export function unseal(subject: Subject, text: string): unknown {
  const parsed = parseBounded(text);
  if (parsed.kind !== 'value' || !Array.isArray(parsed.value) || parsed.value.length !== 3) return undefined;
  const [version, kind, content] = parsed.value as readonly unknown[]; // Array.isArray says any[].
  return version === VERSION && kind === subject ? content : undefined;
}
