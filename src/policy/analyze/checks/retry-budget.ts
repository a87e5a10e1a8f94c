import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { parseDuration } from '../duration.ts';

/** What Envoy can retry on, for HTTP and gRPC; a status code counts too (istio, pkg/config/validation/agent: `ValidateHTTPRetry`). */
const CONDITIONS = new Set([
  ...['5xx', 'gateway-error', 'reset', 'reset-before-request', 'connect-failure', 'envoy-ratelimited', 'retriable-4xx', 'refused-stream'],
  ...['retriable-status-codes', 'retriable-headers', 'http3-post-connect-failure'],
  ...['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable'],
]);
const STATUS = /^[1-5]\d\d$/;

/** Retries fit into the time-out of the whole request, and say what can be said. */
export const retryBudget: Check = {
  name: 'retry-budget',
  codes: ['MESH0105'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      for (const rule of object.spec.at('http').items) {
        const retries = rule.at('retries');
        const timeout = readDuration(object, rule.at('timeout'), report);
        const perTry = readDuration(object, retries.at('perTryTimeout'), report);
        if (!retries.exists) continue;
        checkPolicy(object, retries, report);
        // 0s switches the time-out off.
        if (timeout === undefined || timeout === 0 || perTry === undefined) continue;
        const attempts = retries.at('attempts').number ?? 2;
        const field = retries.at('perTryTimeout');
        if (perTry > timeout) {
          const message = `A try may take ${perTry} ms, and the whole request only ${timeout} ms.`;
          report({ object, field, message, fix: 'Lower perTryTimeout or raise timeout.' });
        } else if (perTry * attempts > timeout) {
          const message = `${attempts} retries of ${perTry} ms do not fit into the time-out of ${timeout} ms.`;
          report({
            object,
            field,
            message,
            fix: `Raise timeout to ${perTry * (attempts + 1)} ms (the first try counts too), or try less.`,
          });
        }
      }
    }
  },
};

function readDuration(object: KubeObject, field: Field, report: Report): number | undefined {
  if (!field.exists) return undefined;
  const duration = parseDuration(field.text ?? '');
  if (duration === undefined)
    report({ object, field, message: 'This is no duration.', fix: 'Write one such as 500ms, 2s or 1m30s.', severity: 'error' });
  return duration;
}

function checkPolicy(object: KubeObject, retries: Field, report: Report): void {
  const attempts = retries.at('attempts');
  const { number } = attempts;
  if (number !== undefined && number < 0) {
    report({ object, field: attempts, message: 'attempts is negative.', fix: 'Use 0 for no retries.', severity: 'error' });
  }
  if (number === 0 && (retries.at('perTryTimeout').exists || retries.at('retryOn').exists)) {
    const message = 'attempts: 0 switches retries off, and the policy says more; Istio refuses that.';
    report({ object, field: attempts, message, fix: 'Remove the rest of retries, or raise attempts.', severity: 'error' });
  }
  const retryOn = retries.at('retryOn');
  for (const condition of (retryOn.text ?? '').split(',')) {
    const name = condition.trim();
    if (name === '' || CONDITIONS.has(name) || STATUS.test(name)) continue;
    const message = `${quote(name)} is nothing that Envoy can retry on.`;
    report({ object, field: retryOn, message, fix: 'Use names such as 5xx, reset, connect-failure, refused-stream.', severity: 'error' });
  }
}
