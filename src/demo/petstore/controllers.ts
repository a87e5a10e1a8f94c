import { SESSION_HEADERS } from '../../petstore/answer.ts';
import { WIRE_SCHEMAS, type WireOrder, type WirePet, type WireUser } from '../../petstore/schemas.ts';
import type { DemoResponse } from '../http.ts';
import { bareText, failure, json, nothing, refusal } from './reply.ts';
import { javaDate, type State, type StoredOrder, type StoredPet } from './state.ts';

/** One call, its parameters typed as the table says. */
export interface Call {
  readonly state: State;
  /** Wall time in milliseconds. */
  readonly nowMs: number;
  /** How many calls came before this one. */
  readonly serial: number;
  /** A whole number in the path or the query. */
  readonly integer: (name: string) => number;
  /** A text in the path or the query; undefined where it is not there. */
  readonly text: (name: string) => string | undefined;
  /** The values of a repeated key. */
  readonly texts: (name: string) => readonly string[];
  /** The body's JSON without nulls; undefined where there is none. */
  readonly body: unknown;
  /** The body as it came. */
  readonly bytes: Uint8Array;
}

type Controller = (call: Call) => DemoResponse;

/** What each operation does, by its name in the table; faithful to the reference server's controllers, their oddities included. */
export const CONTROLLERS: Readonly<Record<string, Controller>> = {
  get_pet_find_by_status: ({ state, text }) => {
    const status = text('status');
    if (status === undefined) return refusal(400, 'status is missing');
    return json(state.pets.all().filter((pet) => pet.status === status));
  },

  // A pet comes once for every tag that matches.
  get_pet_find_by_tags: ({ state, texts }) => {
    const tags = texts('tags');
    if (tags.length === 0) return refusal(400, 'tags are missing');
    return json(state.pets.all().flatMap((pet) => (pet.tags ?? []).filter(({ name }) => tags.includes(name ?? '')).map(() => pet)));
  },

  get_pet_pet_id: ({ state, integer }) => {
    const pet = state.pets.get(integer('petId'));
    return pet === undefined ? noPet() : json(pet);
  },

  post_pet: ({ state, body }) => {
    const pet = read(WIRE_SCHEMAS.Pet, body);
    if (pet.tag === 'refused') return pet.response;
    // The reference server compares the id with those of the others, and has none to compare.
    if (pet.value.id === undefined) return failure(500, 'the pet has no id');
    const stored = storedPet(pet.value, pet.value.id);
    state.pets.put(stored.id, stored);
    return json(stored);
  },

  put_pet: ({ state, body }) => {
    const pet = read(WIRE_SCHEMAS.Pet, body);
    if (pet.tag === 'refused') return pet.response;
    if (pet.value.id === undefined) return failure(500, 'the pet has no id');
    if (state.pets.get(pet.value.id) === undefined) return noPet();
    const stored = storedPet(pet.value, pet.value.id);
    state.pets.put(stored.id, stored);
    return json(stored);
  },

  // The name must be given, and the status goes where none is given.
  post_pet_pet_id: ({ state, integer, text }) => {
    const name = text('name');
    if (name === undefined) return refusal(400, 'name is missing');
    const pet = state.pets.get(integer('petId'));
    if (pet === undefined) return noPet();
    const { status: _, ...kept } = pet;
    const status = text('status');
    const stored = { ...kept, name, ...(status === undefined ? {} : { status }) };
    state.pets.put(pet.id, stored);
    return json(stored);
  },

  delete_pet_pet_id: ({ state, integer }) => {
    state.pets.delete(integer('petId'));
    return bareText('Pet deleted');
  },

  // The answer is the pet, not the ApiResponse that the description promises. The photo becomes the name of a temporary file.
  post_pet_pet_id_upload_image: ({ state, integer, bytes, serial }) => {
    if (bytes.length === 0) return refusal(400, 'no file');
    const pet = state.pets.get(integer('petId'));
    if (pet === undefined) return noPet();
    const stored = { ...pet, photoUrls: [...pet.photoUrls, `/tmp/upload-${serial}.tmp`].slice(-MAX_PHOTOS) };
    state.pets.put(pet.id, stored);
    return json(stored);
  },

  // Quantities of orders by the status of the order. The reference server fails while one has no status; here such an order does not count, so that the
  // demo cannot be broken by one call.
  get_store_inventory: ({ state }) => {
    const counts = new Map<string, number>();
    for (const { status, quantity } of state.orders.all())
      if (status !== undefined) counts.set(status, (counts.get(status) ?? 0) + quantity);
    return json(Object.fromEntries(counts));
  },

  post_store_order: ({ state, body }) => {
    const order = read(WIRE_SCHEMAS.Order, body);
    if (order.tag === 'refused') return order.response;
    const stored = storedOrder(order.value);
    if (stored === undefined) return failure(400, 'the date is none');
    state.orders.put(stored.id, stored);
    return json(stored);
  },

  get_store_order_order_id: ({ state, integer }) => {
    const order = state.orders.get(integer('orderId'));
    return order === undefined ? refusal(404, 'Order not found') : json(order);
  },

  delete_store_order_order_id: ({ state, integer }) => {
    state.orders.delete(integer('orderId'));
    return nothing();
  },

  post_user: ({ state, body }) => {
    const user = read(WIRE_SCHEMAS.User, body);
    if (user.tag === 'refused') return user.response;
    return storeUsers(state, [user.value])[0] ?? json(javaUser(user.value));
  },

  // The answer is every user, not the one that the description promises.
  post_user_create_with_list: ({ state, body }) => {
    if (!Array.isArray(body) || body.length === 0) return refusal(400, 'no users');
    const users: WireUser[] = [];
    for (const item of body) {
      const user = read(WIRE_SCHEMAS.User, item);
      if (user.tag === 'refused') return user.response;
      users.push(user.value);
    }
    return storeUsers(state, users)[0] ?? json(users.map(javaUser));
  },

  // Everybody may log in, with any password.
  get_user_login: ({ nowMs, serial }) =>
    bareText(`Logged in user session: ${serial}`, [
      [SESSION_HEADERS.rateLimit, '5000'],
      [SESSION_HEADERS.expiresAfter, javaDateText(nowMs + SESSION_MS)],
    ]),

  get_user_logout: () => bareText('User logged out'),

  get_user_username: ({ state, text }) => {
    const user = state.users.get(text('username') ?? '');
    return user === undefined ? noUser() : json(user);
  },

  // A body with another name renames the user.
  put_user_username: ({ state, text, body }) => {
    const user = read(WIRE_SCHEMAS.User, body);
    if (user.tag === 'refused') return user.response;
    const name = text('username') ?? '';
    if (state.users.get(name) === undefined) return noUser();
    if (user.value.username !== undefined) state.users.delete(name);
    return storeUsers(state, [user.value])[0] ?? json(javaUser(user.value));
  },

  delete_user_username: ({ state, text }) => {
    state.users.delete(text('username') ?? '');
    return nothing();
  },
};

const MAX_PHOTOS = 100;
const SESSION_MS = 3_600_000;

const noPet = () => refusal(404, 'Pet not found');
const noUser = () => refusal(404, 'User not found');

type Read<Value> = { readonly tag: 'read'; readonly value: Value } | { readonly tag: 'refused'; readonly response: DemoResponse };

interface Schema<Value> {
  readonly safeParse: (value: unknown) => { readonly success: true; readonly data: Value } | { readonly success: false };
}

function read<Value>(schema: Schema<Value>, body: unknown): Read<Value> {
  if (body === undefined) return { tag: 'refused', response: refusal(400, 'the body is missing') };
  const parsed = schema.safeParse(body);
  return parsed.success ? { tag: 'read', value: parsed.data } : { tag: 'refused', response: failure(400, 'Input error in the body') };
}

/** What the reference server's classes hold where nothing was given: empty lists, zero, false. */
function storedPet(pet: WirePet, id: number): StoredPet {
  return {
    ...pet,
    id,
    ...(pet.category === undefined ? {} : { category: { id: 0, ...pet.category } }),
    photoUrls: pet.photoUrls ?? [],
    tags: (pet.tags ?? []).map((tag) => ({ id: 0, ...tag })),
  };
}

/** Undefined where the date is none. */
function storedOrder({ id = 0, petId = 0, quantity = 0, shipDate, status, complete = false }: WireOrder): StoredOrder | undefined {
  const shipMs = shipDate === undefined ? undefined : Date.parse(shipDate);
  if (Number.isNaN(shipMs)) return undefined;
  return {
    id,
    petId,
    quantity,
    ...(shipMs === undefined ? {} : { shipDate: javaDate(shipMs) }),
    ...(status === undefined ? {} : { status }),
    complete,
  };
}

function javaUser(user: WireUser): WireUser {
  return { id: 0, userStatus: 0, ...user };
}

/**
 * Stores the users, or answers why not. The reference server takes a user without a name and fails at every later search; here that one call fails
 * instead.
 */
function storeUsers(state: State, users: readonly WireUser[]): readonly DemoResponse[] {
  for (const user of users) {
    if (user.username === undefined) return [failure(500, 'the user has no name')];
    state.users.put(user.username, { ...javaUser(user), username: user.username });
  }
  return [];
}

/** `Wed Oct 21 07:28:00 UTC 2015`, as Java prints a date. */
function javaDateText(ms: number): string {
  const [day = '', date = '', month = '', year = '', time = ''] = new Date(ms).toUTCString().split(/,? /);
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
