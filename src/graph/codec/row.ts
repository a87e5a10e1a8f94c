import type { Json } from '../../lib/json.ts';

/** A value as JSON and back; `decode` gives undefined for whatever `encode` cannot have written. */
export interface Codec<Value> {
  readonly encode: (value: Value) => Json;
  readonly decode: (json: unknown) => Value | undefined;
}

export const text: Codec<string> = {
  encode: (value) => value,
  decode: (json) => (typeof json === 'string' ? json : undefined),
};

/** A whole number from 0. */
export const count: Codec<number> = {
  encode: (value) => value,
  decode: (json) => (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0 ? json : undefined),
};

/** A rate, a size or a time: a number from 0. */
export const figure: Codec<number> = {
  encode: (value) => value,
  decode: (json) => (typeof json === 'number' && Number.isFinite(json) && json >= 0 ? json : undefined),
};

/** 0 to 1. */
export const share: Codec<number> = {
  encode: (value) => value,
  decode: (json) => (typeof json === 'number' && json >= 0 && json <= 1 ? json : undefined),
};

export const flag: Codec<boolean> = {
  encode: (value) => (value ? 1 : 0),
  decode: (json) => (json === 1 ? true : json === 0 ? false : undefined),
};

/** One of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Codec<Word> {
  return { encode: (value) => value, decode: (json) => words.find((word) => word === json) };
}

/** Where a value is of one sort or the other, told apart by what their JSON looks like. */
export function either<First, Second>(
  isFirst: (value: First | Second) => value is First,
  first: Codec<First>,
  second: Codec<Second>,
): Codec<First | Second> {
  return {
    encode: (value) => (isFirst(value) ? first.encode(value) : second.encode(value as Second)), // It is no First.
    decode: (json) => first.decode(json) ?? second.decode(json),
  };
}

export function list<Item>(item: Codec<Item>): Codec<readonly Item[]> {
  return {
    encode: (items) => items.map(item.encode),
    decode: (json) => {
      if (!Array.isArray(json)) return undefined;
      const items: Item[] = [];
      for (const one of json) {
        const decoded = item.decode(one);
        if (decoded === undefined) return undefined;
        items.push(decoded);
      }
      return items;
    },
  };
}

/** Shares by name, as pairs in the order of the names: a name is no trap as an item of an array, as it might be as the key of an object. */
export const sharesByName: Codec<Readonly<Record<string, number>>> = {
  encode: (record) =>
    Object.keys(record)
      .sort()
      .map((name) => [name, record[name] ?? 0]),
  decode: (json) => {
    const pairs = list(pair).decode(json);
    return pairs && Object.fromEntries(pairs);
  },
};

const pair: Codec<readonly [name: string, share: number]> = {
  encode: (pair) => pair,
  decode: (json) => {
    if (!Array.isArray(json) || json.length !== 2) return undefined;
    const [name, value] = [text.decode(json[0]), share.decode(json[1])];
    return name === undefined || value === undefined ? undefined : [name, value];
  },
};

/** The column of a member that may be absent. */
export interface OptionalColumn<Value> {
  readonly optional: Codec<Value>;
}

export function optional<Value>(codec: Codec<Value>): OptionalColumn<Value> {
  return { optional: codec };
}

/** A column for each member of an object: the compiler sees that none is forgotten, and which may be absent. */
export type Columns<Value> = {
  readonly [Key in keyof Value]-?: object extends Pick<Value, Key> ? OptionalColumn<Exclude<Value[Key], undefined>> : Codec<Value[Key]>;
};

/**
 * An object as an array of its members, in the order in which the columns are written: a third of the size of an object, and equal values have equal texts
 * however they were put together. An absent member is null, and left out at the end.
 */
export function row<Value extends object>(columns: Columns<Value>): Codec<Value> {
  // Going through keys loses which codec belongs to which member.
  const entries = Object.entries(columns) as readonly [string, Codec<unknown> | OptionalColumn<unknown>][];
  const cells = entries.map(([key, column]) =>
    'optional' in column ? { key, codec: column.optional, required: false } : { key, codec: column, required: true },
  );
  return {
    encode: (value) => {
      const members = value as Readonly<Record<string, unknown>>; // Likewise.
      const encoded: Json[] = [];
      for (const { key, codec } of cells) {
        const member = members[key];
        encoded.push(member === undefined ? null : codec.encode(member));
      }
      while (encoded.at(-1) === null) encoded.pop();
      return encoded;
    },
    decode: (json) => {
      if (!Array.isArray(json) || json.length > cells.length) return undefined;
      const members: Record<string, unknown> = {};
      let place = 0;
      for (const { key, codec, required } of cells) {
        const cell: unknown = json[place++] ?? null;
        if (cell === null && !required) continue;
        const member = codec.decode(cell);
        if (member === undefined) return undefined;
        members[key] = member;
      }
      return members as Value; // Each column was there, or may be absent.
    },
  };
}
