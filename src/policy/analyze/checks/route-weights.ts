import type { Check } from '../check.ts';
import { ROUTE_KINDS } from '../routes.ts';

/** Weights are whole numbers from 0, not all of them 0. They are shares of their sum, which need not be 100. */
export const routeWeights: Check = {
  name: 'route-weights',
  codes: ['MESH0101'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      for (const rule of ROUTE_KINDS.flatMap((kind) => object.spec.at(kind).items)) {
        const routes = rule.at('route').items;
        const weights = routes.map((route) => route.at('weight'));
        for (const field of weights) {
          const { number } = field;
          if (!field.exists || (number !== undefined && Number.isInteger(number) && number >= 0)) continue;
          const message = number === undefined || number >= 0 ? 'A weight must be a whole number.' : `A weight of ${number} is negative.`;
          report({ object, field, message, fix: 'Use a whole number from 0.' });
        }
        // A single destination takes everything, whatever its weight.
        if (routes.length < 2) continue;
        const shares = weights.map(({ number }) => number ?? 0);
        if (shares.every((share) => share === 0)) {
          const message = 'All weights are 0 or absent, so no destination takes any request.';
          report({ object, field: rule.at('route'), message, fix: 'Give each destination the share that is meant.' });
          continue;
        }
        for (const [index, field] of weights.entries()) {
          if (field.exists) continue;
          const message = 'Other destinations of the rule have a weight and this one has none, so it takes no request.';
          const place = routes[index] ?? field;
          report({ object, field: place, message, fix: 'Give it a weight; 0 where that is meant.', severity: 'warning' });
        }
      }
    }
  },
};
