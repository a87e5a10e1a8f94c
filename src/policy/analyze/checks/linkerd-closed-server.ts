import { readLabelSelector } from '../../objects/label-selector.ts';
import type { Check } from '../check.ts';
import type { LinkerdServer } from '../linkerd.ts';
import { LINKERD_POLICY, readReference } from '../references.ts';
import type { View } from '../view.ts';

/** Something lets clients in to each Server; a Server denies everybody whom nothing lets in. */
export const linkerdClosedServer: Check = {
  name: 'linkerd-closed-server',
  codes: ['MESH0712'],
  run(view, report) {
    if (!view.knows('AuthorizationPolicy', LINKERD_POLICY) || !view.knows('ServerAuthorization', LINKERD_POLICY)) return;
    const targets = new Set(
      view.of('AuthorizationPolicy', LINKERD_POLICY).flatMap((object) => {
        const target = readReference(object.spec.at('targetRef'), object.namespace, { group: '', kind: '' });
        return target === undefined ? [] : [`${target.kind.toLowerCase()} ${object.namespace}/${target.name}`];
      }),
    );
    const selected = selectedServers(view);
    for (const server of view.linkerd.servers) {
      const { object, accessPolicy } = server;
      const { namespace, name } = object;
      const open =
        accessPolicy !== 'deny' ||
        selected.has(server) ||
        targets.has(`namespace ${namespace}/${namespace}`) ||
        targets.has(`server ${namespace}/${name}`) ||
        view.linkerd.routesOn(server).some(({ route }) => targets.has(`${route.kind.toLowerCase()} ${route.namespace}/${route.name}`));
      if (open) continue;
      const message = 'No policy lets anybody in here, so every call from another pod is denied.';
      report({ object, field: 'spec', message, fix: 'Add an AuthorizationPolicy for it, or set accessPolicy.' });
    }
  },
};

/** The Servers that some ServerAuthorization is for. */
function selectedServers(view: View): ReadonlySet<LinkerdServer> {
  const found = new Set<LinkerdServer>();
  const byName = new Map(view.linkerd.servers.map((server) => [`${server.object.namespace}/${server.object.name}`, server]));
  for (const { spec, namespace } of view.of('ServerAuthorization', LINKERD_POLICY)) {
    const name = spec.at('server', 'name').text;
    if (name === undefined) {
      for (const server of view.linkerd.selectServers(readLabelSelector(spec.at('server', 'selector')), namespace)) found.add(server);
    } else {
      const server = byName.get(`${namespace}/${name}`);
      if (server !== undefined) found.add(server);
    }
  }
  return found;
}
