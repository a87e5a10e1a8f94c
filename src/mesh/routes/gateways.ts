import type { RouteNode } from '../../graph/model.ts';
import { statusOf } from '../kube-object.ts';
import { type NamespaceView, workloadIds } from '../namespace-view.ts';
import { Problems } from '../wording.ts';
import { hostWord, scopedHostWord } from '../words.ts';
import { routeNode } from './route-node.ts';
import { condition } from './route-status.ts';

/** Gateways of the Gateway API: attached to the proxies that an implementation runs for them here. */
export function kubernetesGateways(view: NamespaceView): readonly RouteNode[] {
  return view.of('gateways').map((object) => {
    const problems = new Problems();
    const hosts = object.spec.at('listeners').items.flatMap((listener) => {
      const field = listener.at('hostname');
      const host = hostWord(field.text ?? '*');
      if (host === undefined) problems.add(`${field.path} is no host name.`);
      return host ?? [];
    });
    const accepted = condition(statusOf(object), 'Accepted');
    if (accepted === undefined) problems.add('No controller has accepted it yet.');
    else if (!accepted.holds) problems.add(`It is not accepted: ${accepted.reason}.`);
    const programmed = condition(statusOf(object), 'Programmed');
    if (accepted?.holds === true && programmed?.holds === false) problems.add(`It is not programmed: ${programmed.reason}.`);
    const proxies = view.select({ labels: [['gateway.networking.k8s.io/gateway-name', object.name]], expressions: [], malformed: false });
    return routeNode(object, { attachedTo: workloadIds(proxies), hosts, backends: [], problems });
  });
}

/** Istio's Gateways. Their selector may find proxies in other namespaces too, so that none here says nothing. */
export function istioGateways(view: NamespaceView): readonly RouteNode[] {
  return view.of('istioGateways').map((object) => {
    const problems = new Problems();
    const servers = object.spec.at('servers').items;
    if (servers.length === 0) problems.add('It has no servers, so it opens no port.');
    const hosts = servers.flatMap((server) =>
      server.at('hosts').items.flatMap((field) => {
        const host = scopedHostWord(field.value);
        if (host === undefined) problems.add(`${field.path} is no host name.`);
        return host ?? [];
      }),
    );
    const labels = [...object.spec.at('selector').labels];
    const proxies = labels.length === 0 ? [] : view.select({ labels, expressions: [], malformed: false });
    return routeNode(object, { attachedTo: workloadIds(proxies), hosts, backends: [], problems });
  });
}
