import { groupBy } from '../../../lib/group.ts';
import { compareAge } from '../../objects/age.ts';
import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { HTTP_PROTOCOLS } from '../../objects/linkerd-words.ts';
import type { Check, Report } from '../check.ts';
import { find, kindText, LINKERD_POLICY, readReference } from '../references.ts';

/** A rate limit is for a Server that exists and carries HTTP, is its only one, and its limits fit each other (linkerd2, policy-controller/runtime/src/admission.rs). */
export const linkerdRateLimit: Check = {
  name: 'linkerd-rate-limit',
  codes: ['MESH0710'],
  run(view, report) {
    const protocols = new Map(view.linkerd.servers.map(({ object: { namespace, name }, protocol }) => [`${namespace}/${name}`, protocol]));
    const targeted = new Map<KubeObject, string>();
    for (const object of view.of('HTTPLocalRateLimitPolicy', LINKERD_POLICY)) {
      checkLimits(object, report);
      const field = object.spec.at('targetRef');
      const target = readReference(field, object.namespace, { group: '', kind: '' });
      if (target === undefined || target.group !== LINKERD_POLICY || target.kind !== 'Server') {
        const message = `Rates are limited at Servers only, and this names ${target === undefined ? 'none' : `a ${quote(kindText(target))}`}; it is refused.`;
        report({ object, field, message, fix: `Write group: ${LINKERD_POLICY}, kind: Server and its name.` });
        continue;
      }
      const key = `${object.namespace}/${target.name}`;
      targeted.set(object, key);
      if (find(view, { ...target, namespace: object.namespace }).tag === 'missing') {
        const message = `There is no Server ${quote(target.name)} in namespace ${quote(object.namespace)}.`;
        report({ object, field: field.at('name'), message, fix: 'Correct the name; a limit is for its own namespace only.' });
      }
      const protocol = protocols.get(key);
      if (protocol === undefined || HTTP_PROTOCOLS.includes(protocol)) continue;
      const message = `Server ${quote(target.name)} is for ${quote(protocol)}, for which the proxy limits no rates.`;
      report({ object, field, message, fix: 'Set its proxyProtocol to HTTP/1, HTTP/2 or unknown.', severity: 'warning' });
    }
    for (const group of groupBy(targeted, ([, key]) => key).values()) {
      const [first, ...others] = group.map(([object]) => object).sort(compareAge);
      for (const object of others) {
        const message = `HTTPLocalRateLimitPolicy ${quote(first?.name ?? '')} limits the same Server and comes first; only that one counts.`;
        report({ object, field: object.spec.at('targetRef'), message, fix: 'Merge them.', severity: 'warning' });
      }
    }
  },
};

function checkLimits(object: KubeObject, report: Report): void {
  const { spec } = object;
  const [total, identity, overrides] = [spec.at('total'), spec.at('identity'), spec.at('overrides')];
  if (!total.exists && !identity.exists && overrides.size === 0) {
    report({ object, field: 'spec', message: 'The policy limits nothing.', fix: 'Add total or identity.', severity: 'warning' });
  }
  const most = total.at('requestsPerSecond').number;
  for (const limit of [total, identity, ...overrides.items]) {
    const field = limit.at('requestsPerSecond');
    if (!limit.exists) continue;
    const { number } = field;
    if (number === undefined || !Number.isInteger(number) || number < 1) {
      report({ object, field, message: 'A limit is a whole number from 1; it is refused.', fix: 'Correct it.' });
    } else if (most !== undefined && number > most) {
      const message = `${number} is more than the total of ${most}, so it can never be reached; it is refused.`;
      report({ object, field, message, fix: 'Raise the total, or lower this.' });
    }
  }
  for (const field of overrides.items.flatMap((override) => override.at('clientRefs').items)) checkClient(object, field, report);
}

function checkClient(object: KubeObject, field: Field, report: Report): void {
  const client = readReference(field, object.namespace, { group: '', kind: '' });
  if (client !== undefined && client.group === '' && client.kind === 'ServiceAccount') return;
  report({
    object,
    field,
    message: 'Only a ServiceAccount can have a limit of its own; it is refused.',
    fix: 'Write kind: ServiceAccount without a group.',
  });
}
