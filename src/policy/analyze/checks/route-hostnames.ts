import { quote, quoteAll } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';
import { ROUTE_OBJECTS, routeParents } from '../gateway-routes.ts';
import { find, GATEWAY_API } from '../references.ts';
import { ServedHosts } from '../served-hosts.ts';

/** The hostnames of a route are ones that the listeners of its Gateway serve (gateway-api, `HTTPRouteSpec.hostnames`). */
export const routeHostnames: Check = {
  name: 'route-hostnames',
  codes: ['MESH0804'],
  run(view, report) {
    const served = new Map<string, ServedHosts | undefined>();
    for (const object of ROUTE_OBJECTS.flatMap(({ kind, group }) => view.of(kind, group))) {
      const hostnames = object.spec.at('hostnames').items.filter(({ text }) => text !== undefined);
      if (hostnames.length === 0) continue;
      for (const { reference, sectionName, port } of routeParents(object)) {
        if (reference.kind !== 'Gateway' || reference.group !== GATEWAY_API) continue;
        const found = find(view, reference);
        if (found.tag !== 'found') continue;
        const key = `${reference.namespace}/${reference.name}/${sectionName ?? ''}/${port ?? ''}`;
        if (!served.has(key)) served.set(key, servedBy(found.object, sectionName, port));
        const hosts = served.get(key);
        if (hosts === undefined) continue;
        const unserved = hostnames.filter(({ text }) => !hosts.serves('', (text ?? '').toLowerCase()));
        if (unserved.length === hostnames.length) {
          const message = `Gateway ${quote(reference.name)} serves none of ${quoteAll(unserved.map(({ text }) => text ?? ''))}: the route gets no request there.`;
          report({ object, field: object.spec.at('hostnames'), message, fix: 'Give a listener that hostname, or correct one of the two.' });
          continue;
        }
        for (const field of unserved) {
          const message = `Gateway ${quote(reference.name)} does not serve ${quote(field.text ?? '')}.`;
          report({ object, field, message, fix: 'Give a listener that hostname, or remove it here.' });
        }
      }
    }
  },
};

/** The hosts of a Gateway's listeners; undefined where one of them takes any. */
function servedBy(gateway: KubeObject, sectionName: string | undefined, port: number | undefined): ServedHosts | undefined {
  const listeners = gateway.spec.at('listeners').items.filter((listener) => {
    const named = sectionName === undefined || listener.at('name').text === sectionName;
    return named && (port === undefined || listener.at('port').number === port);
  });
  if (listeners.length === 0 || listeners.some((listener) => listener.at('hostname').text === undefined)) return undefined;
  const hosts = new ServedHosts();
  for (const listener of listeners) hosts.add('', (listener.at('hostname').text ?? '').toLowerCase());
  return hosts;
}
