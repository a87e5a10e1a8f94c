import type { Check } from '../check.ts';
import { ROUTE_OBJECTS } from '../gateway-routes.ts';

/** gateway-api, `BackendRef.weight`. */
const MOST = 1_000_000;

/** Weights of a rule’s backends are whole numbers from 0, not all of them 0. They are shares of their sum, which need not be 100. */
export const routeBackendWeights: Check = {
  name: 'route-backend-weights',
  codes: ['MESH0803'],
  run(view, report) {
    for (const object of ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))) {
      for (const rule of object.spec.at('rules').items) {
        const weights = rule.at('backendRefs').items.map((backend) => backend.at('weight'));
        for (const field of weights) {
          const { number } = field;
          if (!field.exists || (number !== undefined && Number.isInteger(number) && number >= 0 && number <= MOST)) continue;
          report({
            object,
            field,
            message: `A weight is a whole number from 0 to ${MOST}.`,
            fix: 'Correct it; weights need not add up to 100.',
          });
        }
        if (weights.length === 0 || weights.some((field) => field.number !== 0)) continue;
        const message = 'All weights are 0, so the rule answers 500 to every request.';
        report({ object, field: rule.at('backendRefs'), message, fix: 'Give a backend the share that is meant.' });
      }
    }
  },
};
