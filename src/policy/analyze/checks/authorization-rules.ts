import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { isAddressOrRange } from '../address.ts';
import type { Check, Report } from '../check.ts';

/** Rules that Istio takes, and that match neither never nor always by mistake (istio, pkg/config/validation: `ValidateAuthorizationPolicy`). */
export const authorizationRules: Check = {
  name: 'authorization-rules',
  codes: ['MESH0501'],
  run(view, report) {
    for (const object of view.security('AuthorizationPolicy')) {
      const action = object.spec.at('action').text ?? 'ALLOW';
      checkAction(object, action, report);
      for (const rule of object.spec.at('rules').items) {
        if (rule.isObject && rule.size === 0 && action === 'ALLOW') {
          const message = 'An empty rule allows everyone everything, and so do all other ALLOW policies of the workload then.';
          report({ object, field: rule, message, fix: 'Name the callers that are meant.', severity: 'warning' });
        }
        checkRule(object, rule, report);
      }
    }
  },
};

function checkAction(object: KubeObject, action: string, report: Report): void {
  const { spec } = object;
  const provider = spec.at('provider');
  if (spec.at('rules').size === 0) {
    if (action === 'DENY' || action === 'CUSTOM' || action === 'AUDIT') {
      const message = `${action} without rules never matches anything.`;
      report({ object, field: spec.at('rules'), message, fix: 'Add rules; [{}] matches every request.' });
    } else if (spec.at('selector').exists || spec.at('targetRefs').exists || spec.at('targetRef').exists) {
      // Without a selector this is the usual way to deny by default.
      const message = 'ALLOW without rules allows nothing: every request to these workloads is denied.';
      report({ object, field: spec.at('rules'), message, fix: 'Add rules, unless that is meant.', severity: 'info' });
    }
  } else if (action === 'CUSTOM' && provider.at('name').text === undefined) {
    report({
      object,
      field: provider,
      message: 'CUSTOM needs a provider.',
      fix: 'Add provider.name, one of meshConfig.extensionProviders.',
    });
  }
  if (action !== 'CUSTOM' && provider.exists) {
    report({
      object,
      field: provider,
      message: `provider is for CUSTOM, and this is ${quote(action)}.`,
      fix: 'Remove it, or set action: CUSTOM.',
    });
  }
}

function checkRule(object: KubeObject, rule: Field, report: Report): void {
  for (const [list, item] of [
    ['from', 'source'],
    ['to', 'operation'],
  ] as const) {
    const field = rule.at(list);
    if (field.exists && field.size === 0) {
      report({ object, field, message: `${list} is empty; the policy is refused.`, fix: `Remove it, or say ${item}.` });
    }
    for (const each of field.items) {
      const below = each.at(item);
      const filled = below.entries.some(([, { size }]) => size > 0);
      if (!filled)
        report({ object, field: below, message: `${item} says nothing; the policy is refused.`, fix: `Add a field to ${item}.` });
    }
  }
  for (const from of rule.at('from').items) checkSource(object, from.at('source'), report);
  for (const to of rule.at('to').items) checkOperation(object, to.at('operation'), report);
  for (const when of rule.at('when').items) {
    if (when.at('key').text === undefined) {
      report({ object, field: when, message: 'The condition has no key.', fix: 'Add key, such as request.auth.claims[role].' });
    } else if (when.at('values').size === 0 && when.at('notValues').size === 0) {
      report({ object, field: when, message: 'The condition has no values.', fix: 'Add values or notValues.' });
    }
  }
}

const BLOCKS = ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'];

function checkSource(object: KubeObject, source: Field, report: Report): void {
  for (const field of BLOCKS.flatMap((key) => source.at(key).items)) {
    if (field.text !== undefined && isAddressOrRange(field.text)) continue;
    report({
      object,
      field,
      message: 'This is no IP address and no range of them; the policy is refused.',
      fix: 'Write one such as 10.0.0.0/8.',
    });
  }
  const accounts = source.at('serviceAccounts').size + source.at('notServiceAccounts').size;
  const others = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'].some((key) => source.at(key).size > 0);
  if (accounts === 0 || !others) return;
  const message = 'serviceAccounts cannot stand beside principals or namespaces.';
  report({ object, field: source, message, fix: 'Keep one: serviceAccounts are written namespace/name.' });
}

function checkOperation(object: KubeObject, operation: Field, report: Report): void {
  for (const field of [...operation.at('ports').items, ...operation.at('notPorts').items]) {
    const port = Number(field.text ?? Number.NaN);
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) continue;
    report({ object, field, message: 'A port is a text such as "8080".', fix: 'Write the number in quotes.' });
  }
  for (const field of [...operation.at('methods').items, ...operation.at('notMethods').items]) {
    if (field.text === undefined || field.text === field.text.toUpperCase()) continue;
    const message = `Methods are compared as they are written, and ${quote(field.text)} is none.`;
    report({ object, field, message, fix: `Write ${quote(field.text.toUpperCase())}.`, severity: 'warning' });
  }
  for (const field of [...operation.at('paths').items, ...operation.at('notPaths').items]) {
    if (field.text === undefined || /^[/*{]/.test(field.text)) continue;
    const message = `Every path begins with a slash, so ${quote(field.text)} never matches.`;
    report({ object, field, message, fix: `Write ${quote(`/${field.text}`)}.`, severity: 'warning' });
  }
}
