import type { Principal } from '../access/principal.ts';
import { MeshError } from '../lib/errors.ts';
import { hexOf } from '../lib/hex.ts';
import type { KeyValue } from '../ports/keyvalue.ts';
import type { Ports } from '../ports/ports.ts';
import type { Precondition } from '../sources/kubernetes/object-api.ts';
import { counted, fingerprint, readStored, slotName, storedBytes } from './stored.ts';

/**
 * Confirmation tokens. A token is a number and 128 random bits; what it confirms lies in the store under the number, with the token's hash. So there is no key to make,
 * keep and rotate, the token says nothing about the change, and it is used up by the first call that passes it, whatever becomes of the change: a signed token would
 * have to be remembered to be used once only, and one for making an object would be good again as soon as the object was deleted.
 *
 * A ring of places bounds what is stored. Whoever plans so many changes that the ring comes round loses the oldest plans, which then have to be made again: that is safe.
 */
const PLAN_PREFIX = 'change/plan/';
const CLAIM_PREFIX = 'change/claims/';
const COUNTER_KEY = 'change/plans';
const PLANS = 64;

/** How long a token is good for, in milliseconds: long enough for a person to read a diff. */
export const CONFIRM_WITHIN_MS = 10 * 60_000;

const RANDOM_BYTES = 16;
const TOKEN = /^([0-9a-z]{1,10})-[0-9a-f]{32}$/;

/** What a token is bound to. */
export interface Planned {
  readonly principal: Principal;
  /** Of tool and arguments. */
  readonly arguments: string;
  /** The state that was seen; `absent` where there was no object. */
  readonly only: Precondition | 'absent';
  /** Fingerprint of the state that the dry run came to. */
  readonly outcome: string;
}

export interface Issued {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Gives a token for a plan. Throws `MeshError('unavailable')` when the store does not answer. */
export function issueToken({ keyvalue, clock, random }: Pick<Ports, 'keyvalue' | 'clock' | 'random'>, planned: Planned): Issued {
  const number = keyvalue.increment(COUNTER_KEY, 1);
  const token = `${number.toString(36)}-${hexOf(random.bytes(RANDOM_BYTES))}`;
  const expiresAt = clock.now() + CONFIRM_WITHIN_MS;
  const { only, outcome } = planned;
  const slot = slotName(number, PLANS);
  // What the counter of claims stands at: whoever raises it by one from there is the first to use the token.
  const claims = claimsOf(keyvalue, slot);
  const who = whoText(planned.principal);
  keyvalue.set(
    PLAN_PREFIX + slot,
    storedBytes({
      number,
      token: fingerprint(token),
      who,
      arguments: planned.arguments,
      only: only === 'absent' ? 'absent' : { ...only },
      outcome,
      expiresAt,
      claims,
    }),
  );
  return { token, expiresAt };
}

/** A token that fits its caller and arguments, not yet used. */
export interface Redeemable {
  readonly only: Precondition | 'absent';
  readonly outcome: string;
  /** Uses it up. Throws `MeshError('conflict')` where another call was first. */
  readonly use: () => void;
}

const PLAN_AGAIN = 'Call the tool once more without `confirm` to see what it would do now, and for a new token.';

/**
 * Looks a token up. Throws `MeshError`: `invalid` for one that was never given, was altered, or was given for other arguments; `denied` for somebody else's;
 * `conflict` for one that is used or too old; `unavailable` when the store does not answer.
 */
export function lookUpToken(
  { keyvalue, clock }: Pick<Ports, 'keyvalue' | 'clock'>,
  token: string,
  { principal, arguments: given }: Pick<Planned, 'principal' | 'arguments'>,
): Redeemable {
  const number = Number.parseInt(TOKEN.exec(token)?.[1] ?? '', 36);
  const unknown = new MeshError('invalid', `confirm: not a token that this server gave, or one too old to be known. ${PLAN_AGAIN}`);
  if (Number.isNaN(number)) throw unknown;
  const slot = slotName(number, PLANS);
  const plan = readStored(keyvalue.get(PLAN_PREFIX + slot));
  // Hashes are compared, so the time that takes tells nothing of the token.
  if (plan === undefined || plan.token !== fingerprint(token)) throw unknown;
  if (plan.who !== whoText(principal))
    throw new MeshError('denied', 'confirm: the token was given to somebody else. Plan the change yourself.');
  if (plan.arguments !== given) {
    throw new MeshError(
      'invalid',
      'confirm: the arguments are not those that the token was given for. Repeat them unchanged beside `confirm`.',
    );
  }
  const { expiresAt, outcome, claims } = plan;
  const only = preconditionOf(plan.only);
  if (typeof expiresAt !== 'number' || typeof outcome !== 'string' || typeof claims !== 'number' || only === undefined) throw unknown;
  if (claimsOf(keyvalue, slot) !== claims) throw used();
  if (clock.now() >= expiresAt) throw new MeshError('conflict', `confirm: the token has expired. ${PLAN_AGAIN}`);
  return {
    only,
    outcome,
    use: () => {
      if (keyvalue.increment(CLAIM_PREFIX + slot, 1) !== claims + 1) throw used();
    },
  };
}

function used(): MeshError {
  return new MeshError('conflict', `confirm: the token has been used; get_change_log says what became of the change. ${PLAN_AGAIN}`);
}

function claimsOf(keyvalue: KeyValue, slot: string): number {
  return counted(keyvalue.get(CLAIM_PREFIX + slot));
}

function preconditionOf(value: unknown): Precondition | 'absent' | undefined {
  if (value === 'absent') return 'absent';
  if (typeof value !== 'object' || value === null) return undefined;
  const { uid, resourceVersion } = value as Readonly<Record<string, unknown>>; // An object that JSON was parsed to.
  return typeof uid === 'string' && typeof resourceVersion === 'string' ? { uid, resourceVersion } : undefined;
}

/** Two callers of one name who came in different ways are two. */
function whoText({ via, name }: Principal): string {
  return `${via} ${name}`;
}
