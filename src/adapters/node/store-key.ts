import { StoreFailure } from './store.ts';

/**
 * What NATS takes as a key (nats.js, kv.ts, validateKey), and as a part of a subject: there, a dot parts two tokens, and no token may be empty. Held
 * against every key that goes to a server, so that what works with one works with the other.
 */
const KEY = /^[A-Za-z0-9/_=-]+(?:\.[A-Za-z0-9/_=-]+)*$/;

/** The key itself. Throws `StoreFailure` where some store would not take it. */
export function checkedKey(key: string): string {
  if (!KEY.test(key)) throw new StoreFailure({ tag: 'other', val: `not a key that every store takes: ${JSON.stringify(key)}` });
  return key;
}
