import type { Check } from '../check.ts';
import { gatewaysOf } from '../routes.ts';

/** Some VirtualService uses each Gateway; otherwise its port answers 404, or does not listen. */
export const gatewayWithoutRoutes: Check = {
  name: 'gateway-without-routes',
  codes: ['MESH0303'],
  run(view, report) {
    // What is bound to it may lie in any namespace.
    if ((view.extent !== undefined && !view.complete) || !view.knows('VirtualService', 'networking.istio.io')) return;
    const used = new Set(view.networking('VirtualService').flatMap(gatewaysOf));
    for (const object of view.networking('Gateway')) {
      if (used.has(`${object.namespace}/${object.name}`)) continue;
      const servers = object.spec.at('servers').items;
      // Between clusters the SNI alone decides; a redirect needs no route either.
      const routes = servers.filter((server) => {
        const tls = server.at('tls');
        return tls.at('mode').value !== 'AUTO_PASSTHROUGH' && tls.at('httpsRedirect').value !== true;
      });
      if (routes.length === 0) continue;
      const message = 'No VirtualService is bound to this Gateway.';
      report({ object, field: object.spec, message, fix: 'Name it in spec.gateways of a VirtualService, or remove it.' });
    }
  },
};
