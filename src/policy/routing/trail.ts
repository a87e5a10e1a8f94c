import type { KubeObject } from '../objects/kube-object.ts';
import type { ObjectReference } from '../objects/reference.ts';

/** One step on the way to an answer. */
export interface Step {
  /** Whose configuration it was; undefined for what follows from the request or from Istio's defaults. */
  readonly object: ObjectReference | undefined;
  /** The place in the object, such as `spec.http[1].match[0]`; may be empty. */
  readonly field: string;
  readonly outcome: 'chosen' | 'passed over' | 'unknown' | 'note';
  readonly because: string;
}

/** Enough for every configuration that a person can follow; the rest is counted. */
const MOST_STEPS = 200;

/** Collects the steps in their order. */
export class Trail {
  readonly #steps: Step[] = [];
  #dropped = 0;

  add(outcome: Step['outcome'], object: KubeObject | undefined, field: string, because: string): void {
    if (this.#steps.length < MOST_STEPS) this.#steps.push({ object: object?.reference, field, outcome, because });
    else this.#dropped++;
  }

  get steps(): readonly Step[] {
    if (this.#dropped === 0) return this.#steps;
    return [...this.#steps, { object: undefined, field: '', outcome: 'note', because: `${this.#dropped} more steps are left out` }];
  }
}
