import { type KubeObject, readObjects } from '../objects/kube-object.ts';
import { CHECKS } from './checks.ts';
import { severityOf } from './codes.ts';
import { compareFindings, type Finding } from './finding.ts';
import { type Surroundings, View } from './view.ts';

/**
 * Istio's annotation that switches messages off for one object: codes separated by commas, or `*` (istio, pkg/config/analysis/local:
 * suppression by annotation).
 */
const SUPPRESS = 'galley.istio.io/analyze-suppress';

export interface AnalysisOptions extends Surroundings {
  /** Objects that the others may refer to, and that are not judged themselves. */
  readonly context?: readonly unknown[];
}

export interface Analysis {
  /** Errors first. */
  readonly findings: readonly Finding[];
  /** How many objects were judged. */
  readonly objects: number;
  /** How many findings were left out because an object asks for it. */
  readonly suppressed: number;
}

/**
 * Looks for mistakes in the configuration of a mesh: Istio, Linkerd, Gateway API. `values` are Kubernetes objects as JSON gives them, in any order, a List counting as its items; what is
 * none is passed over. Never throws because of them.
 */
export function analyze(values: readonly unknown[], { context = [], ...surroundings }: AnalysisOptions = {}): Analysis {
  return analyzeObjects(readObjects(values), readObjects(context, true), surroundings);
}

/** The same of objects that are read already, in the order of `sortObjects`; `context` are objects that say so of themselves. */
export function analyzeObjects(
  objects: readonly KubeObject[],
  context: readonly KubeObject[] = [],
  surroundings: Surroundings = {},
): Analysis {
  const judged = new Set(objects.map(identity));
  const view = new View([...objects, ...context.filter((object) => !judged.has(identity(object)))], surroundings);
  const findings: Finding[] = [];
  let suppressed = 0;
  for (const check of CHECKS) {
    check.run(view, ({ object, field, message, fix, code = check.codes[0], severity = severityOf(code) }) => {
      if (object.context) return;
      if (suppresses(object, code)) {
        suppressed++;
        return;
      }
      const path = typeof field === 'string' ? field : field.path;
      findings.push({ code, check: check.name, severity, object: object.reference, field: path, message, fix });
    });
  }
  return { findings: findings.sort(compareFindings), objects: objects.length, suppressed };
}

function identity({ group, kind, namespace, name }: KubeObject): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

function suppresses({ annotations }: KubeObject, code: string): boolean {
  const asked = annotations.get(SUPPRESS);
  return asked?.split(',').some((each) => each.trim() === '*' || each.trim() === code) ?? false;
}
