/** Longer words of Prometheus are cut. */
export const MAX_WORDS = 300;

/**
 * What Prometheus said, fit to be repeated to a user as its words: on one line, at most `MAX_WORDS` characters, without the characters that control a terminal or the
 * direction of text, without the quotation marks that we put around it, and without our secrets should something before Prometheus echo a request. Empty where there is
 * nothing left.
 */
export function quotable(text: string, secrets: readonly string[]): string {
  let words = text;
  // The longest first: a secret may be a part of another.
  for (const secret of secrets.toSorted((a, b) => b.length - a.length)) words = words.replaceAll(secret, '[secret]');
  words = words.replace(UNFIT, ' ').replace(/[“”]/g, '"').replace(/ {2,}/g, ' ').trim();
  return words.length <= MAX_WORDS ? words : `${words.slice(0, MAX_WORDS - 1).replace(HALF_PAIR, '')}…`;
}

/** Controls (C0, DEL, C1), line and paragraph separators, marks of direction, zero-width characters, lone halves of a surrogate pair. */
const UNFIT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  /[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[^\u0001-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const HALF_PAIR = /[\ud800-\udbff]$/;
