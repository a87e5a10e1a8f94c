import { now } from 'wasi:clocks/monotonic-clock@0.2.12';

/**
 * Both engines' differences in how a WASI resource, an error and a 64-bit number look end in this file.
 *  - QuickJS gives and wants u64 as number (a bigint makes it trap), StarlingMonkey as bigint.
 *  - An error of a WIT `result` is thrown as `{payload}` by both componentizers, bare by older QuickJS builds.
 */

/** Anything a WASI import gives us to own. */
export type Resource = object;

interface MaybeDisposable {
  [Symbol.dispose]?: () => void;
}

/**
 * Gives resources back to the host, in the order given: children first (pollable, stream, body, response), because a host may trap on a parent that is
 * dropped while a child lives. Only what is still ours may come here: a resource that was passed on (`OutgoingBody.finish`, `ResponseOutparam.set`, `handle`)
 * is the host's from then on, also when that call failed, and StarlingMonkey traps on dropping it again.
 */
export function dispose(...resources: readonly (Resource | undefined)[]): void {
  for (const resource of resources) {
    // Generated types know `dispose`; what reaches here is any of them.
    (resource as MaybeDisposable | undefined)?.[Symbol.dispose]?.();
  }
}

/** The WIT error inside whatever an import threw: the tagged variant, or the thrown value itself. */
export function witError(thrown: unknown): unknown {
  return typeof thrown === 'object' && thrown !== null && 'payload' in thrown ? thrown.payload : thrown;
}

/** The tag of a thrown WIT variant or enum, or undefined where it is no such thing. */
export function witTag(thrown: unknown): string | undefined {
  const error = witError(thrown);
  if (typeof error === 'string') return error;
  return typeof error === 'object' && error !== null && 'tag' in error && typeof error.tag === 'string' ? error.tag : undefined;
}

/** A u64 as number; exact up to 2^53, which nothing we read exceeds. */
export function fromU64(value: bigint | number): number {
  return Number(value);
}

/**
 * A number as u64: whole, not negative, in the type that the engine gives out itself. Which one that is cannot be asked while the snapshot is taken and
 * must not be remembered between requests; the clock tells it in a microsecond.
 */
export function toU64(value: number): bigint {
  const whole = Math.max(0, Math.floor(value));
  // The types are generated for bigint; where the engine wants a number, a number is what must be passed.
  return typeof now() === 'bigint' ? BigInt(whole) : (whole as unknown as bigint);
}
