import { MESH } from '../analyze/routes.ts';

/**
 * A gateway as an object of the namespace names it, in the form `namespace/name`, or `mesh`. Istio also takes `./name` and, from its early days,
 * `name.namespace.svc.cluster.local` (istio, pilot/pkg/model: `resolveGatewayName`).
 */
export function gatewayKey(name: string, namespace: string): string {
  if (name === MESH) return name;
  if (name.startsWith('./')) return `${namespace}/${name.slice(2)}`;
  if (name.includes('/')) return name;
  const [short = '', home] = name.split('.', 2);
  return `${home ?? namespace}/${short}`;
}
