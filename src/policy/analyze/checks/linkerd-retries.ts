import { quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { type Annotation, annotationOf, parseLinkerdDuration } from '../linkerd-annotations.ts';
import { GATEWAY_API, LINKERD_POLICY } from '../references.ts';

const DURATIONS = ['retry.linkerd.io/timeout', 'timeout.linkerd.io/request', 'timeout.linkerd.io/response', 'timeout.linkerd.io/idle'];

/** linkerd2, policy-controller/k8s/index/src/outbound/index/grpc.rs: `parse_grpc_retry`. */
const GRPC = ['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'];

/**
 * Retries and time-outs in annotations of Services and routes are such as Linkerd reads; one that is not makes it pass over all of them, silently on a Service (linkerd2,
 * policy-controller/k8s/index/src/outbound/index/http.rs: `parse_http_retry`).
 */
export const linkerdRetries: Check = {
  name: 'linkerd-retries',
  codes: ['MESH0903'],
  run(view, report) {
    const kinds = [
      ['Service', ''],
      ['EgressNetwork', LINKERD_POLICY],
      ['HTTPRoute', GATEWAY_API],
      ['HTTPRoute', LINKERD_POLICY],
      ['GRPCRoute', GATEWAY_API],
    ] as const;
    for (const object of kinds.flatMap(([kind, group]) => view.of(kind, group))) {
      if (object.annotations.size === 0) continue;
      for (const name of DURATIONS) checkDuration(object, annotationOf(object, name), report);
      checkLimit(object, annotationOf(object, 'retry.linkerd.io/limit'), report);
      checkConditions(
        object,
        'HTTPRoute',
        annotationOf(object, 'retry.linkerd.io/http'),
        isHttpCondition,
        '5xx, gateway-error, 429 or 500-504',
        report,
      );
      checkConditions(object, 'GRPCRoute', annotationOf(object, 'retry.linkerd.io/grpc'), isGrpcCondition, GRPC.join(', '), report);
    }
  },
};

function checkDuration(object: KubeObject, annotation: Annotation | undefined, report: Report): void {
  if (annotation === undefined || parseLinkerdDuration(annotation.text) !== undefined) return;
  const message = `${quote(annotation.text)} is no duration that Linkerd reads.`;
  report({ object, field: annotation.field, message, fix: 'Write a whole number and one unit: ms, s, m, h or d.' });
}

function checkLimit(object: KubeObject, annotation: Annotation | undefined, report: Report): void {
  if (annotation === undefined || (/^\d{1,5}$/.test(annotation.text) && Number(annotation.text) <= 65_535)) return;
  report({
    object,
    field: annotation.field,
    message: `${quote(annotation.text)} is no number of retries.`,
    fix: 'Write a whole number from 0 to 65535.',
  });
}

function checkConditions(
  object: KubeObject,
  kind: string,
  annotation: Annotation | undefined,
  isCondition: (text: string) => boolean,
  examples: string,
  report: Report,
): void {
  if (annotation === undefined) return;
  const { field, text } = annotation;
  if (object.kind !== kind && object.kind.endsWith('Route')) {
    report({
      object,
      field,
      message: `Linkerd reads it on a ${kind}, not on a ${object.kind}.`,
      fix: `Use the annotation for a ${object.kind}.`,
      severity: 'warning',
    });
    return;
  }
  const wrong = text.split(',').find((part) => !isCondition(part));
  if (wrong === undefined) return;
  report({
    object,
    field,
    message: `${quote(wrong)} is nothing that Linkerd can retry on.`,
    fix: `Write conditions such as ${examples}, without spaces.`,
  });
}

function isHttpCondition(text: string): boolean {
  if (/^(?:5xx|gateway-error)$/i.test(text)) return true;
  const [, first, last = first] = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(text) ?? [];
  return first !== undefined && Number(first) <= Number(last);
}

function isGrpcCondition(text: string): boolean {
  return GRPC.includes(text.toLowerCase());
}
