import { isObject } from '../../src/lib/json.ts';
import type { Answer } from './answers.ts';

/** One thing in which two answers differ. `path` is `shape` for status, framing and kind of the messages as a whole. */
export interface Difference {
  readonly path: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Everything in which two answers differ; what they hold is only compared where they have the same shape. */
export function compare(ours: Answer, theirs: Answer): readonly Difference[] {
  const [a, b] = [shapeOf(ours), shapeOf(theirs)];
  return a === b ? compareValues(ours.messages, theirs.messages, '') : [{ path: 'shape', ours: a, theirs: b }];
}

/** `200 sse progress result`: an error by its code, a failed tool call as `failed`. */
function shapeOf({ status, framing, messages }: Answer): string {
  return [status, framing, ...messages.map(kindOf)].join(' ');
}

function kindOf(message: unknown): string {
  if (!isObject(message)) return 'nonsense';
  const { code, method, result } = message;
  const { isError } = isObject(result) ? result : {};
  if (code !== undefined) return String(code);
  if (typeof method === 'string') return method;
  return isError === true ? 'failed' : 'result';
}

function compareValues(ours: unknown, theirs: unknown, path: string): readonly Difference[] {
  if (typeof ours === 'object' && ours !== null && typeof theirs === 'object' && theirs !== null) {
    const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    // Both are objects or arrays, whose members go by these keys.
    return keys.flatMap((key) =>
      compareValues((ours as Record<string, unknown>)[key], (theirs as Record<string, unknown>)[key], `${path}/${key}`),
    );
  }
  return Object.is(ours, theirs) ? [] : [{ path, ours: JSON.stringify(ours) ?? 'absent', theirs: JSON.stringify(theirs) ?? 'absent' }];
}
