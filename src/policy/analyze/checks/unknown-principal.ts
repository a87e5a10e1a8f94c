import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';

/** `cluster.local/ns/shop/sa/web`, or the same with a wildcard trust domain. */
const PRINCIPAL = /^[^/]*\/ns\/([^/*]+)\/sa\/([^/*]+)$/;

/** The ServiceAccounts that an AuthorizationPolicy names exist, or some workload runs as them. */
export const unknownPrincipal: Check = {
  name: 'unknown-principal',
  codes: ['MESH0508'],
  run(view, report) {
    if (!view.knows('ServiceAccount', '')) return;
    const known = new Set([
      ...view.of('ServiceAccount', '').map(({ namespace, name }) => `${namespace}/${name}`),
      ...view.workloads.all.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`),
    ]);
    for (const object of view.security('AuthorizationPolicy')) {
      for (const [index, rule] of object.spec.at('rules').items.entries()) {
        const fields = [
          ...rule.at('from').items.flatMap((from) => from.at('source', 'principals').items),
          ...rule.at('when').items.flatMap((when) => (when.at('key').value === 'source.principal' ? when.at('values').items : [])),
        ];
        for (const field of fields) {
          const text = field.text ?? '';
          if (text.startsWith('spiffe://')) {
            const fix = `Write ${quote(text.slice('spiffe://'.length))}.`;
            report({ object, field, message: `Rule ${index} never matches: a principal has no spiffe:// in front.`, fix });
            continue;
          }
          const [, namespace, account] = PRINCIPAL.exec(text) ?? [];
          if (namespace === undefined || account === undefined) continue;
          if (!view.showsWorkloads(namespace) || known.has(`${namespace}/${account}`)) continue;
          const message = `No workload in namespace ${quote(namespace)} runs as ServiceAccount ${quote(account)}.`;
          report({ object, field, message, fix: 'Correct the name, or set serviceAccountName in the workload’s pod template.' });
        }
      }
    }
  },
};
