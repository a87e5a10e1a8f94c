import type { Check } from '../check.ts';
import { findShadows } from '../matches.ts';
import { ROUTE_KINDS } from '../routes.ts';

/** No rule of a VirtualService stands behind others that take all its requests, and no match repeats or is covered by an earlier one. */
export const unreachableRule: Check = {
  name: 'unreachable-rule',
  codes: ['IST0130', 'IST0131'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      for (const kind of ROUTE_KINDS) {
        const { rules, matches } = findShadows(object.spec.at(kind), kind);
        for (const { field, by } of rules) {
          const message = `Rule ${kind}[${by}] before it takes every request that this one matches.`;
          report({ object, field, message, fix: 'Put the narrower rule first, or remove it.' });
        }
        for (const { field, rule, by } of matches) {
          const message =
            rule === by ? 'Another match of the same rule already covers it.' : `Rule ${kind}[${by}] already takes what it matches.`;
          report({ object, field, message, fix: 'Remove the match, or put its rule first.', code: 'IST0131' });
        }
      }
    }
  },
};
