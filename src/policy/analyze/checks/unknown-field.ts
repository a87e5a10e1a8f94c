import { isObject } from '../../../lib/json.ts';
import { type Field, quote, quoteAll } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { type FieldShape, KINDS, SHAPES } from '../shapes.ts';

/** Fields that circulate in examples and do not exist, and what does what they promise. */
const INSTEAD: Readonly<Record<string, string>> = {
  circuitBreaker: 'Circuit breaking is outlierDetection together with connectionPool.',
  circuitBreakers: 'Circuit breaking is outlierDetection together with connectionPool.',
  consecutiveGatewayFailure: 'Write consecutiveGatewayErrors.',
  retryPolicy: 'Write retries.',
  timeouts: 'Write timeout.',
  timeoutSeconds: 'Write timeout, a duration such as 5s.',
  mutualTls: 'Write mtls.',
  portLevelMTLS: 'Write portLevelMtls.',
  loadbalancer: 'Write loadBalancer.',
  simpleLB: 'Write simple.',
  localityLbSettings: 'Write localityLbSetting.',
  rateLimit: 'Istio limits rates by EnvoyFilter only.',
  rateLimits: 'Istio limits rates by EnvoyFilter only.',
};

/** Every field of an Istio object exists, and holds what its kind allows. The API server refuses or silently drops what does not. */
export const unknownField: Check = {
  name: 'unknown-field',
  codes: ['MESH0001'],
  run(view, report) {
    if (view.extent !== undefined) return;
    for (const object of view.objects) {
      const kind = KINDS.get(object.kind);
      if (kind === undefined || kind.group !== object.group) continue;
      if (!object.spec.exists) {
        if (object.root.at('spec').value === null) continue;
        report({ object, field: 'spec', message: 'There is no spec.', fix: 'Add it.', severity: 'warning' });
        continue;
      }
      checkObject(object, object.spec, kind.shape, report);
    }
  },
};

function checkObject(object: KubeObject, field: Field, shape: string, report: Report): void {
  if (!field.isObject) {
    report({ object, field, message: 'This must be an object.', fix: 'Correct its indentation.' });
    return;
  }
  const known = SHAPES.get(shape);
  for (const [name, member] of field.entries) {
    const expected = known?.get(name);
    if (expected !== undefined) checkValue(object, member, expected, report);
    else
      report({
        object,
        field: member,
        message: `There is no field ${quote(name)} here.`,
        fix: howToMend(name, [...(known?.keys() ?? [])]),
      });
  }
}

function checkValue(object: KubeObject, field: Field, { list, holds }: FieldShape, report: Report): void {
  if (!field.exists || holds.tag === 'anything') return;
  if (list !== Array.isArray(field.value)) {
    const fix = list ? 'Begin each item with a hyphen.' : 'Write the value itself, without a hyphen.';
    report({ object, field, message: list ? 'This must be a list.' : 'This must not be a list.', fix });
    return;
  }
  for (const item of list ? field.items : [field]) {
    if (holds.tag === 'object') checkObject(object, item, holds.shape, report);
    else if (holds.tag === 'map') {
      if (!item.isObject) report({ object, field: item, message: 'This must be an object.', fix: 'Correct its indentation.' });
      for (const [, member] of item.entries) if (member.exists) checkObject(object, member, holds.shape, report);
    } else if (isObject(item.value) || Array.isArray(item.value)) {
      report({ object, field: item, message: 'This must be a plain value.', fix: 'Correct its indentation.' });
    } else if (holds.tag === 'choice' && (typeof item.value !== 'string' || (item.value !== '' && !holds.choices.includes(item.value)))) {
      const fix = `Use one of ${holds.choices.join(', ')}.`;
      report({ object, field: item, message: `${quote(String(item.value))} is not possible here.`, fix });
    }
  }
}

function howToMend(name: string, known: readonly string[]): string {
  if (Object.hasOwn(INSTEAD, name)) return INSTEAD[name] ?? '';
  const alike = known.find((each) => each.toLowerCase() === name.toLowerCase().replaceAll(/[_-]/g, ''));
  return alike === undefined ? `The fields here are ${quoteAll(known)}.` : `Write ${alike}.`;
}
