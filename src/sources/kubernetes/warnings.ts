import type { KeptKind } from '../../mesh/kept.ts';
import { shownName } from './keep.ts';
import { KINDS } from './kinds.ts';

/** So many are named; more are counted. */
const MAX_NAMED = 50;

interface Warning {
  readonly kind: KeptKind;
  readonly name: string;
  readonly problem: string;
}

/** Objects that were left out because they are not what their kind promises: one warning each, which goes when the object is mended or gone. */
export class Warnings {
  readonly #byObject = new Map<string, Warning>();
  readonly #unnamed = new Map<KeptKind, number>();

  add(kind: KeptKind, name: string, problem: string): void {
    const key = `${kind} ${name}`;
    if (this.#byObject.size < MAX_NAMED || this.#byObject.has(key)) this.#byObject.set(key, { kind, name, problem });
    else this.#unnamed.set(kind, (this.#unnamed.get(kind) ?? 0) + 1);
  }

  remove(kind: KeptKind, object: { readonly namespace: string; readonly name: string }): void {
    if (this.#byObject.size > 0) this.#byObject.delete(`${kind} ${shownName(kind, object)}`);
  }

  /** A kind, or a namespace's objects of it, is read anew. */
  clear(kind: KeptKind, namespace: string | undefined): void {
    const inside = ({ name }: Warning) => namespace === undefined || name === namespace || name.startsWith(`${namespace}/`);
    for (const [key, warning] of this.#byObject) if (warning.kind === kind && inside(warning)) this.#byObject.delete(key);
    this.#unnamed.delete(kind);
  }

  /** `Service shop/web: spec.ports is not an array`; in the order they were found. */
  get named(): readonly string[] {
    return [...this.#byObject.values()].map(({ kind, name, problem }) => `${KINDS[kind].kind} ${name}: ${problem}`);
  }

  /** How many more there are. */
  get omitted(): number {
    return [...this.#unnamed.values()].reduce((sum, count) => sum + count, 0);
  }
}
