import type { KeptKind, KeptObject } from '../../mesh/kept.ts';
import { identityOfItem, keepItem, shownName } from './keep.ts';
import type { Change, Remark } from './watch-state.ts';

/** Makes changes of the events of some lines. */
export class EventFold {
  readonly #kind: KeptKind;
  readonly #changes: Change[] = [];
  readonly #malformed = new Map<string, Extract<Remark, { tag: 'malformed' }>>();
  #foreign = 0;

  constructor(kind: KeptKind) {
    this.#kind = kind;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  get remarks(): readonly Remark[] {
    return [...this.#malformed.values(), ...Array.from({ length: this.#foreign }, (): Remark => ({ tag: 'foreign' }))];
  }

  put(item: Record<string, unknown>): void {
    const kept = keepItem(this.#kind, item);
    switch (kept.tag) {
      case 'kept':
        this.#malformed.delete(shownName(this.#kind, kept.object));
        this.#changes.push({ tag: 'put', object: kept.object });
        return;
      case 'dropped':
        this.#gone(kept);
        return;
      case 'malformed': {
        const { identity, problem } = kept;
        // A list would leave it out, whatever it was before.
        if (identity !== undefined) this.#gone(identity);
        const name = identity === undefined ? 'an object of an event' : shownName(this.#kind, identity);
        this.#malformed.set(name, { tag: 'malformed', name, problem });
      }
    }
  }

  delete(item: Record<string, unknown>): void {
    const identity = identityOfItem(this.#kind, item);
    if (identity === undefined) this.passOver();
    else this.#gone(identity);
  }

  /** An event that is none of ours. */
  passOver(): void {
    this.#foreign++;
  }

  #gone({ namespace, name }: Pick<KeptObject, 'namespace' | 'name'>): void {
    this.#malformed.delete(shownName(this.#kind, { namespace, name }));
    this.#changes.push({ tag: 'delete', kind: this.#kind, namespace, name });
  }
}
