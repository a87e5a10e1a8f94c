import { ISTIO_KINDS, ISTIO_SHAPES } from './istio-fields.ts';

/** What a field may hold. */
export interface FieldShape {
  readonly list: boolean;
  readonly holds:
    | { readonly tag: 'anything' }
    | { readonly tag: 'plain' }
    | { readonly tag: 'choice'; readonly choices: readonly string[] }
    | { readonly tag: 'object' | 'map'; readonly shape: string };
}

/** The kinds of Istio’s API. */
export interface IstioKind {
  readonly group: string;
  readonly versions: readonly string[];
  /** The shape of `spec`. */
  readonly shape: string;
}

export const KINDS: ReadonlyMap<string, IstioKind> = new Map(
  ISTIO_KINDS.trim()
    .split('\n')
    .map((line) => {
      const [kind = '', group = '', versions = '', shape = ''] = line.split(' ');
      return [kind, { group, versions: versions.split('|'), shape }];
    }),
);

/** Shape by name; field by name. */
export const SHAPES: ReadonlyMap<string, ReadonlyMap<string, FieldShape>> = new Map(
  ISTIO_SHAPES.trim()
    .replaceAll('\n  ', ' ')
    .split('\n')
    .map((line) => {
      const [name = '', ...fields] = line.split(' ').filter((word) => word !== '');
      return [name.slice(0, -1), new Map(fields.map(readField))];
    }),
);

function readField(text: string): readonly [name: string, shape: FieldShape] {
  const [, name = '', list, mark, rest = ''] = /^(\w+)(\[\])?([:*=?])?(.*)$/.exec(text) ?? [];
  return [name, { list: list !== undefined, holds: readHolds(mark, rest) }];
}

function readHolds(mark: string | undefined, rest: string): FieldShape['holds'] {
  switch (mark) {
    case ':':
      return { tag: 'object', shape: rest };
    case '*':
      return { tag: 'map', shape: rest };
    case '=':
      return { tag: 'choice', choices: rest.split('|') };
    case '?':
      return { tag: 'anything' };
    default:
      return { tag: 'plain' };
  }
}
