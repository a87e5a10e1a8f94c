import type { WireOrder, WirePet, WireUser } from '../../petstore/schemas.ts';

/** A pet that is stored always has an id and both lists, as the reference server's has. */
export type StoredPet = WirePet & { readonly id: number; readonly photoUrls: readonly string[]; readonly tags: readonly object[] };
export type StoredOrder = WireOrder & { readonly id: number; readonly quantity: number };
export type StoredUser = WireUser & { readonly username: string };

/** Most pets, orders and users each; the oldest makes room for the newest. */
export const MAX_STORED = 1_000;

/** A bounded table: putting a key again moves it to the end, as the reference server removes and adds. */
export class Table<Key, Row> {
  readonly #rows = new Map<Key, Row>();

  get(key: Key): Row | undefined {
    return this.#rows.get(key);
  }

  put(key: Key, row: Row): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
    if (this.#rows.size <= MAX_STORED) return;
    for (const oldest of this.#rows.keys()) {
      this.#rows.delete(oldest);
      break;
    }
  }

  delete(key: Key): void {
    this.#rows.delete(key);
  }

  all(): readonly Row[] {
    return [...this.#rows.values()];
  }
}

/** What a demo Petstore holds. */
export interface State {
  readonly pets: Table<number, StoredPet>;
  readonly orders: Table<number, StoredOrder>;
  readonly users: Table<string, StoredUser>;
}

/** Tables with the sample data: the same animals, tags, orders and users that the reference server starts with, so that examples written for it hold. */
export function sampleState(nowMs: number): State {
  const state: State = { pets: new Table(), orders: new Table(), users: new Table() };
  SAMPLE_PETS.forEach(([name, category, firstTag, status], index) => {
    const id = index + 1;
    state.pets.put(id, {
      id,
      category: CATEGORIES[category],
      name,
      photoUrls: ['url1', 'url2'],
      tags: [
        { id: 1, name: `tag${firstTag}` },
        { id: 2, name: `tag${firstTag + 1}` },
      ],
      status,
    });
  });
  SAMPLE_ORDERS.forEach(([quantity, status], index) => {
    const id = index + 1;
    state.orders.put(id, { id, petId: 1, quantity, shipDate: javaDate(nowMs), status, complete: true });
  });
  for (let id = 1; id <= SAMPLE_USERS; id++) {
    state.users.put(`user${id}`, {
      id,
      username: `user${id}`,
      firstName: `first name ${id}`,
      lastName: `last name ${id}`,
      email: `user${id}@example.com`,
      password: 'demo-password',
      phone: '555-0100',
      userStatus: ((id - 1) % 3) + 1,
    });
  }
  return state;
}

/** The reference server writes UTC as an offset. */
export function javaDate(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

const CATEGORIES = {
  dogs: { id: 1, name: 'Dogs' },
  cats: { id: 2, name: 'Cats' },
  rabbits: { id: 3, name: 'Rabbits' },
  lions: { id: 4, name: 'Lions' },
} as const;

/** Name, category, the number of the first of its two tags, status. */
const SAMPLE_PETS: readonly (readonly [string, keyof typeof CATEGORIES, number, 'available' | 'pending' | 'sold'])[] = [
  ['Cat 1', 'cats', 1, 'available'],
  ['Cat 2', 'cats', 2, 'available'],
  ['Cat 3', 'cats', 3, 'pending'],
  ['Dog 1', 'dogs', 1, 'available'],
  ['Dog 2', 'dogs', 2, 'sold'],
  ['Dog 3', 'dogs', 3, 'pending'],
  ['Lion 1', 'lions', 1, 'available'],
  ['Lion 2', 'lions', 2, 'available'],
  ['Lion 3', 'lions', 3, 'available'],
  ['Rabbit 1', 'rabbits', 3, 'available'],
];

/** Quantity and status. */
const SAMPLE_ORDERS = [
  [100, 'placed'],
  [50, 'approved'],
  [50, 'delivered'],
] as const;

const SAMPLE_USERS = 10;
