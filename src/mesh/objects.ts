import type { Mesh } from '../graph/model.ts';
import type { Labels } from './membership.ts';

export type { ServicePort } from '../graph/model.ts';

/** Who made an object and looks after it: its owner reference with `controller: true`. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** A pod that runs or will run; finished pods and pods on their way out are no members of the mesh. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly owner: Owner | undefined;
  readonly mesh: Mesh | undefined;
}
