import type { Field } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { parseDuration } from '../duration.ts';

/** A fault says what it does and to how many requests. */
export const faultInjection: Check = {
  name: 'fault-injection',
  codes: ['MESH0107'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      for (const rule of object.spec.at('http').items) {
        const fault = rule.at('fault');
        if (!fault.exists) continue;
        const [delay, abort] = [fault.at('delay'), fault.at('abort')];
        if (!delay.exists && !abort.exists) {
          report({ object, field: fault, message: 'The fault has neither a delay nor an abort.', fix: 'Add one, or remove fault.' });
        }
        if (delay.exists) checkDelay(object, delay, report);
        if (abort.exists) checkAbort(object, abort, report);
      }
    }
  },
};

function checkDelay(object: KubeObject, delay: Field, report: Report): void {
  const fixed = delay.at('fixedDelay');
  if ((parseDuration(fixed.text ?? '') ?? 0) < 1) {
    report({ object, field: fixed, message: 'A delay needs fixedDelay of at least 1ms.', fix: 'Write a duration such as 5s.' });
  }
  checkPercentage(object, delay, report);
}

function checkAbort(object: KubeObject, abort: Field, report: Report): void {
  const status = abort.at('httpStatus');
  if (!status.exists && !abort.at('grpcStatus').exists && !abort.at('http2Error').exists) {
    report({ object, field: abort, message: 'The abort does not say with which status.', fix: 'Add httpStatus or grpcStatus.' });
  }
  const { number } = status;
  if (status.exists && (number === undefined || !Number.isInteger(number) || number < 200 || number > 599)) {
    report({ object, field: status, message: 'httpStatus must be from 200 to 599.', fix: 'Use a status such as 503.' });
  }
  checkPercentage(object, abort, report);
}

function checkPercentage(object: KubeObject, fault: Field, report: Report): void {
  const field = fault.at('percentage', 'value');
  if (!fault.at('percentage').exists) {
    if (fault.at('percent').exists) return;
    const message = 'Without a percentage the fault strikes no request.';
    report({ object, field: fault, message, fix: 'Add percentage.value, from 0 to 100.', severity: 'warning' });
    return;
  }
  const { number } = field;
  if (field.exists && (number === undefined || number < 0 || number > 100)) {
    report({ object, field, message: 'A percentage is from 0 to 100.', fix: 'Write 10 for 10 %.' });
  } else if (number !== undefined && number > 0 && number < 0.0001) {
    report({ object, field, message: 'Envoy rounds a percentage below 0.0001 to none.', fix: 'Write 10 for 10 %.', severity: 'warning' });
  }
}
