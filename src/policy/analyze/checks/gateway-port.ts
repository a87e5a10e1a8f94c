import { groupBy } from '../../../lib/group.ts';
import { quoteAll } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import type { Host } from '../registry.ts';
import { bears } from '../workloads.ts';

/** A Gateway’s port is on a Service of its proxies, so that clients can reach it. */
export const gatewayPort: Check = {
  name: 'gateway-port',
  codes: ['IST0162'],
  run(view, report) {
    const selecting = view.registry.hosts.filter(({ source, selector }) => source === 'service' && selector !== undefined);
    // A Service can only select a proxy that bears each of its labels, so one of them is enough to find it.
    const byLabel = groupBy(selecting, ({ namespace, selector }) => `${namespace}/${[...(selector ?? [])][0]?.join('=') ?? ''}`);
    for (const object of view.networking('Gateway')) {
      const [proxy] = view.workloads.select(object.spec.at('selector').labels);
      if (proxy === undefined || object.spec.at('selector').size === 0) continue;
      const candidates = [...proxy.labels].flatMap(([label, value]) => byLabel.get(`${proxy.namespace}/${label}=${value}`) ?? []);
      const services = candidates.filter(({ selector }) => selector !== undefined && bears(proxy.labels, selector));
      if (services.length === 0) continue;
      const numbers = new Set(services.flatMap(portNumbers));
      for (const server of object.spec.at('servers').items) {
        const field = server.at('port', 'number');
        if (field.number === undefined || numbers.has(field.number)) continue;
        const message = `No Service of the gateway’s proxies (${quoteAll(services.map(({ host }) => host))}) has port ${field.number}.`;
        report({ object, field, message, fix: 'Add the port to the Service, or use one that it has.' });
      }
    }
  },
};

/** Both ends of each port: istiod finds the proxy’s port from the Service’s. */
function portNumbers(host: Host): readonly number[] {
  return host.ports.flatMap(({ number, target }) => (typeof target === 'number' ? [number, target] : [number]));
}
