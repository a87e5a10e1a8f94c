import { groupBy } from '../lib/group.ts';
import { compareText } from '../lib/order.ts';
import { defined } from './defined.ts';
import { objectKeyOf, serviceId } from './ids.ts';
import type { NamespaceTraffic, RouteTraffic } from './model.ts';
import type { ObservedRoute } from './observed.ts';
import { sumRates } from './order.ts';
import { quantise, shareOf } from './quantise.ts';

/** The traffic through the routes of one namespace, by kind, group, name and backend; the busiest `maxRows`, and how many were left out. */
export function routeTraffic(observed: readonly ObservedRoute[], maxRows: number): Pick<NamespaceTraffic, 'routes' | 'omittedRoutes'> {
  const rows = [...groupBy(observed, (row) => routeKey(withoutFigures(row)))].flatMap(([key, rows]) => {
    const [first] = rows;
    const requests = sumRates(rows, (row) => row.requests);
    const rps = quantise(requests);
    if (first === undefined || rps === 0) return [];
    const successRate = shareOf(Math.max(0, requests - sumRates(rows, (row) => row.failures)), requests);
    return [{ key, row: { ...withoutFigures(first), rps, ...defined({ successRate }) } }];
  });
  if (rows.length === 0) return {};
  const kept = rows.length <= maxRows ? rows : rows.sort((a, b) => b.row.rps - a.row.rps || compareText(a.key, b.key)).slice(0, maxRows);
  const omittedRoutes = rows.length > maxRows ? rows.length - maxRows : undefined;
  return { routes: kept.sort((a, b) => compareText(a.key, b.key)).map(({ row }) => row), ...defined({ omittedRoutes }) };
}

function withoutFigures({ group, kind, name, backend }: ObservedRoute): Omit<RouteTraffic, 'rps' | 'successRate'> {
  return { group, kind, name, ...defined({ backend: backend && serviceId(backend.namespace, backend.name) }) };
}

/** Identifies a way through a route within its namespace. */
export function routeKey({ group, kind, name, backend }: Omit<RouteTraffic, 'rps' | 'successRate'>): string {
  return `${objectKeyOf({ group, kind, name })}>${backend ?? ''}`;
}
