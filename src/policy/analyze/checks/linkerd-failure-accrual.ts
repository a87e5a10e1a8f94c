import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { type Annotation, annotationOf, parseLinkerdDuration } from '../linkerd-annotations.ts';
import { LINKERD_POLICY } from '../references.ts';

const MODE = 'balancer.linkerd.io/failure-accrual';
const CONSECUTIVE = `${MODE}-consecutive-`;
const SUCCESS_RATE = 'balancer.alpha.linkerd.io/failure-accrual-success-rate-';

/** What Linkerd takes where nothing is said, in milliseconds. */
const PENALTY = { min: 1_000, max: 60_000 };

/**
 * The circuit breaking of a Service is such as Linkerd reads; with one value that is not, there is none (linkerd2, policy-controller/k8s/index/src/outbound/index.rs:
 * `parse_accrual_config`).
 */
export const linkerdFailureAccrual: Check = {
  name: 'linkerd-failure-accrual',
  codes: ['MESH0902'],
  run(view, report) {
    for (const object of [...view.of('Service', ''), ...view.of('EgressNetwork', LINKERD_POLICY)]) {
      const mode = annotationOf(object, MODE);
      const read = (name: string) => annotationOf(object, name);
      const settings = [...object.annotations.keys()].filter((name) => name.startsWith(CONSECUTIVE) || name.startsWith(SUCCESS_RATE));
      if (mode === undefined) {
        const [idle] = settings.flatMap((name) => read(name) ?? []);
        if (idle === undefined) continue;
        const message = `Without ${MODE} it has no effect.`;
        report({ object, field: idle.field, message, fix: `Add ${MODE}: consecutive.`, severity: 'warning' });
      } else if (mode.text !== 'consecutive' && mode.text !== 'unified') {
        const message = `Linkerd knows no mode ${quote(mode.text)}, so that no circuit ever breaks.`;
        report({ object, field: mode.field, message, fix: 'Write consecutive or unified.' });
      } else {
        checkConsecutive(object, read, report);
        if (mode.text === 'unified') checkSuccessRate(object, read, report);
      }
    }
  },
};

type Read = (name: string) => Annotation | undefined;

function checkConsecutive(object: KubeObject, read: Read, report: Report): void {
  checkCount(object, read(`${CONSECUTIVE}max-failures`), report);
  const min = readDuration(object, read(`${CONSECUTIVE}min-penalty`), report) ?? PENALTY.min;
  const longest = read(`${CONSECUTIVE}max-penalty`);
  const max = readDuration(object, longest, report) ?? PENALTY.max;
  const at = longest ?? read(`${CONSECUTIVE}min-penalty`);
  if (at !== undefined && (max === 0 || min > max)) {
    const message =
      max === 0 ? 'The longest penalty cannot be 0.' : `The shortest penalty (${min} ms) is longer than the longest (${max} ms).`;
    report({ object, field: at.field, message, fix: 'Correct max-penalty or min-penalty; no circuit breaks now.' });
  }
  checkNumber(object, read(`${CONSECUTIVE}jitter-ratio`), 100, report);
}

function checkSuccessRate(object: KubeObject, read: Read, report: Report): void {
  checkNumber(object, read(`${SUCCESS_RATE}threshold`), 1, report);
  readDuration(object, read(`${SUCCESS_RATE}window`), report);
  checkCount(object, read(`${SUCCESS_RATE}min-requests`), report);
}

function readDuration(object: KubeObject, annotation: Annotation | undefined, report: Report): number | undefined {
  if (annotation === undefined) return undefined;
  const duration = parseLinkerdDuration(annotation.text);
  if (duration === undefined)
    report({
      object,
      field: annotation.field,
      message: `${quote(annotation.text)} is no duration.`,
      fix: 'Write a whole number and ms, s, m or h.',
    });
  return duration;
}

function checkCount(object: KubeObject, annotation: Annotation | undefined, report: Report): void {
  if (annotation === undefined || (/^\s*\d{1,10}\s*$/.test(annotation.text) && Number(annotation.text) < 2 ** 32)) return;
  report({ object, field: annotation.field, message: `${quote(annotation.text)} is no count.`, fix: 'Write a whole number from 0.' });
}

function checkNumber(object: KubeObject, annotation: Annotation | undefined, most: number, report: Report): void {
  if (annotation === undefined) return;
  const number = /^\s*\d{1,10}(?:\.\d{0,10})?\s*$/.test(annotation.text) ? Number(annotation.text) : Number.NaN;
  if (number <= most) return;
  report({ object, field: annotation.field, message: `${quote(annotation.text)} is no number from 0 to ${most}.`, fix: 'Correct it.' });
}
