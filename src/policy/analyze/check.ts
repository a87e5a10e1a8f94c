import type { Field } from '../objects/field.ts';
import type { KubeObject } from '../objects/kube-object.ts';
import type { Code } from './codes.ts';
import type { Severity } from './finding.ts';
import type { View } from './view.ts';

/** What a check says of one place. */
export interface Remark {
  readonly object: KubeObject;
  /** The place: a field, or its path. */
  readonly field: Field | string;
  readonly message: string;
  readonly fix: string;
  /** By default the check's first. */
  readonly code?: Code;
  /** By default what the table of codes says. */
  readonly severity?: Severity;
}

export type Report = (remark: Remark) => void;

/** One check: reads the view, reports what it finds. It never throws, and costs no more than the objects that it reads. */
export interface Check {
  /** The name of its file. */
  readonly name: string;
  /** The codes that it can give, the usual one first. */
  readonly codes: readonly [Code, ...Code[]];
  readonly run: (view: View, report: Report) => void;
}
