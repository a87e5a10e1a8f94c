import { expect } from 'vitest';

/** What will hold in a moment, also on a machine that is busy with other tests. */
export function soon<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 10_000, interval: 20 });
}
