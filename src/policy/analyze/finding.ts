import { compareText } from '../../lib/order.ts';
import type { ObjectReference } from '../objects/reference.ts';

/** From the worst on. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;

/** `error`: it will be refused or does harm; `warning`: it hardly does what was meant; `info`: worth knowing. */
export type Severity = (typeof SEVERITIES)[number];

/** One problem. */
export interface Finding {
  /** Istio's message code (`IST0101`) where `istioctl analyze` has a message of that meaning, else ours (`MESH0101`). */
  readonly code: string;
  /** The check that found it: the name of its file under `checks/`. */
  readonly check: string;
  readonly severity: Severity;
  readonly object: ObjectReference;
  /** Where in the object, such as `spec.http[1].route[0].weight`. */
  readonly field: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Whether a severity is at least as bad as another. */
export function isAsBadAs(severity: Severity, least: Severity): boolean {
  return RANK[severity] <= RANK[least];
}

/** Errors first, then by object, field and code, so that the order of the objects given never shows. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    RANK[a.severity] - RANK[b.severity] ||
    compareText(a.object.namespace, b.object.namespace) ||
    compareText(a.object.kind, b.object.kind) ||
    compareText(a.object.name, b.object.name) ||
    compareText(a.field, b.field) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message) ||
    compareText(a.object.apiVersion, b.object.apiVersion)
  );
}
