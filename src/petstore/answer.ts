import { type HeaderList, header } from '../lib/headers.ts';
import { parseBounded } from '../lib/json-text.ts';
import { decodeUtf8 } from '../lib/utf8.ts';
import { described, limitedText, z } from '../lib/zod.ts';
import type { HttpResponse } from '../ports/http.ts';
import { carry } from './carry.ts';
import type { AnswerForm, Operation } from './operation.ts';
import { integer, WIRE_SCHEMAS, type WireOrder, type WirePet, type WireUser } from './schemas.ts';
import { closeCutArray } from './whole-items.ts';

/** A user as we hand it out: the password that the API sends along goes to nobody. */
const User = z.omit(WIRE_SCHEMAS.User, { password: true });
export type KnownUser = Omit<WireUser, 'password'>;

/** Longer words than this are no status of anything. */
const MAX_STATUS_CHARACTERS = 100;
const Inventory = z.record(limitedText({ max: MAX_STATUS_CHARACTERS }), integer);

const Session = z.object({
  message: z.string(),
  rateLimit: described(z.optional(integer), 'Calls allowed in an hour'),
  expiresAfter: described(z.optional(z.string()), 'When the session ends, as the Petstore writes it'),
});

const Upload = z.extend(WIRE_SCHEMAS.ApiResponse, { pet: z.optional(WIRE_SCHEMAS.Pet) });

/** What each kind of answer holds. */
export const ANSWER_SCHEMAS = {
  pet: WIRE_SCHEMAS.Pet,
  pets: z.object({ pets: z.array(WIRE_SCHEMAS.Pet) }),
  inventory: z.object({ inventory: described(Inventory, 'Quantity by status') }),
  order: WIRE_SCHEMAS.Order,
  user: User,
  users: z.object({ users: z.array(User) }),
  upload: Upload,
  session: Session,
  done: z.object({ done: z.literal(true) }),
} as const satisfies Record<AnswerForm['kind'], z.ZodMiniObject>;

/** One good answer. Absent members are absent, never null; ids beyond the exact range of a number are left out. */
export type Answer =
  | { readonly kind: 'pet'; readonly data: WirePet }
  | { readonly kind: 'pets'; readonly data: { readonly pets: readonly WirePet[] } }
  | { readonly kind: 'inventory'; readonly data: { readonly inventory: Readonly<Record<string, number>> } }
  | { readonly kind: 'order'; readonly data: WireOrder }
  | { readonly kind: 'user'; readonly data: KnownUser }
  | { readonly kind: 'users'; readonly data: { readonly users: readonly KnownUser[] } }
  | { readonly kind: 'upload'; readonly data: z.output<typeof Upload> }
  | { readonly kind: 'session'; readonly data: z.output<typeof Session> }
  | { readonly kind: 'done'; readonly data: { readonly done: true } };

/** A good answer, and what a reader should know about how it was read. */
export interface Reading {
  readonly tag: 'answer';
  readonly answer: Answer;
  /** The Petstore said more than we read: what is here is whole, but not all. */
  readonly partial: boolean;
  /** Some numbers were too large to be carried exactly and are left out. */
  readonly inexact: boolean;
}

/** Why a body could not be read; the words complete "it is …". They hold nothing of the body. */
export interface Misfit {
  readonly tag: 'misfit';
  readonly words: string;
}

/** Headers of the answer to a login (`loginUser` in the API's description). */
export const SESSION_HEADERS = { rateLimit: 'X-Rate-Limit', expiresAfter: 'X-Expires-After' } as const;

/** Reads the body of an answer with a 2xx status. Takes any bytes; never throws. */
export function readAnswer(operation: Operation, response: HttpResponse): Reading | Misfit {
  const { kind } = operation.answer;
  if (kind === 'done') return reading({ kind, data: { done: true } });
  const text = decodeUtf8(response.body);
  if (kind === 'session') return readSession(text, response);
  if (response.truncated && kind !== 'pets' && kind !== 'users') return misfit('longer than this server reads');
  const whole = response.truncated ? closeCutArray(text) : text;
  const parsed = parseBounded(whole ?? '');
  if (parsed.kind === 'too-deep') return misfit('nested deeper than any of its answers');
  if (parsed.kind === 'syntax') return misfit(notJson(text, response.headers));
  const carried = carry(parsed.value);
  const answer = shape(kind, carried.value);
  return answer === undefined
    ? misfit('JSON of another shape than its description says')
    : { ...reading(answer), partial: response.truncated, inexact: carried.inexact };
}

function reading(answer: Answer): Reading {
  return { tag: 'answer', answer, partial: false, inexact: false };
}

function misfit(words: string): Misfit {
  return { tag: 'misfit', words };
}

function notJson(text: string, headers: HeaderList): string {
  if (text.trim() === '') return 'empty';
  if (/^\s*</.test(text))
    return /html/i.test(`${header(headers, 'content-type')} ${text.slice(0, 100)}`) ? 'HTML, not JSON' : 'XML, not JSON';
  return 'not JSON, or cut off';
}

function shape(kind: Exclude<AnswerForm['kind'], 'done' | 'session'>, value: unknown): Answer | undefined {
  switch (kind) {
    case 'pet': {
      const data = typed(WIRE_SCHEMAS.Pet, value);
      return data && { kind, data };
    }
    case 'order': {
      const data = typed(WIRE_SCHEMAS.Order, value);
      return data && { kind, data };
    }
    case 'user': {
      const data = typed(User, value);
      return data && { kind, data };
    }
    case 'pets': {
      const pets = typedAll(WIRE_SCHEMAS.Pet, value);
      return pets && { kind, data: { pets: once(pets) } };
    }
    case 'users': {
      // The description promises one user, the reference server answers all of them.
      const users = typedAll(User, Array.isArray(value) ? value : [value]);
      return users && { kind, data: { users } };
    }
    case 'inventory': {
      const inventory = Inventory.safeParse(value);
      return inventory.success ? { kind, data: { inventory: inventory.data } } : undefined;
    }
    case 'upload':
      return readUpload(value);
  }
}

/** The value under a schema; undefined where it does not fit or has none of the schema's members, as an error object has none. */
function typed<Schema extends z.ZodMiniObject>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  const parsed = schema.safeParse(value);
  return parsed.success && Object.keys(parsed.data).length > 0 ? parsed.data : undefined;
}

function typedAll<Schema extends z.ZodMiniObject>(schema: Schema, value: unknown): readonly z.output<Schema>[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: z.output<Schema>[] = [];
  for (const item of value) {
    const read = typed(schema, item);
    if (read === undefined) return undefined;
    items.push(read);
  }
  return items;
}

/** The reference server lists a pet once for every tag that matches. */
function once(pets: readonly WirePet[]): readonly WirePet[] {
  const seen = new Set<number>();
  return pets.filter(({ id }) => {
    if (id === undefined) return true;
    const isNew = !seen.has(id);
    seen.add(id);
    return isNew;
  });
}

/** The description promises an ApiResponse, the reference server answers the pet; neither has a member of the other. */
function readUpload(value: unknown): Answer | undefined {
  const data = typed(WIRE_SCHEMAS.ApiResponse, value);
  if (data !== undefined) return { kind: 'upload', data };
  const pet = typed(WIRE_SCHEMAS.Pet, value);
  return pet && { kind: 'upload', data: { pet } };
}

/** Far more than any session's text; a page that came in its place is longer. */
const MAX_SESSION_CHARACTERS = 1_000;
const MAX_HEADER_CHARACTERS = 100;

/** The API promises a JSON string; the reference server sends the bare text and labels it JSON. Both are taken, but no markup. */
function readSession(text: string, response: HttpResponse): Reading | Misfit {
  if (/^\s*[<{[]/.test(text)) return misfit(notJson(text, response.headers));
  if (text.length > MAX_SESSION_CHARACTERS || response.truncated) return misfit('longer than this server reads');
  const parsed = parseBounded(text);
  const rateLimit = header(response.headers, SESSION_HEADERS.rateLimit)?.trim();
  const expiresAfter = header(response.headers, SESSION_HEADERS.expiresAfter)?.trim();
  return reading({
    kind: 'session',
    data: {
      message: parsed.kind === 'value' && typeof parsed.value === 'string' ? parsed.value : text.trim(),
      ...(rateLimit !== undefined && /^\d{1,15}$/.test(rateLimit) ? { rateLimit: Number(rateLimit) } : {}),
      ...(expiresAfter !== undefined && expiresAfter !== '' ? { expiresAfter: expiresAfter.slice(0, MAX_HEADER_CHARACTERS) } : {}),
    },
  });
}
