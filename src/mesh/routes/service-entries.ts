import { externalId } from '../../graph/ids.ts';
import type { RouteBackend, RouteNode } from '../../graph/model.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import { type NamespaceView, workloadIds } from '../namespace-view.ts';
import { Problems } from '../wording.ts';
import { countWord, hostWord, networkWord, portWord } from '../words.ts';
import { routeNode } from './route-node.ts';

/** Istio's ServiceEntries: hosts that are no Services, with the places that stand behind them (istio, pkg/config/validation: `ValidateServiceEntry`). */
export function serviceEntries(view: NamespaceView): readonly RouteNode[] {
  return view.of('istioServiceEntries').map((object) => {
    const problems = new Problems();
    const { spec } = object;
    const hosts = spec.at('hosts').items.flatMap((field) => {
      const host = hostWord(field.value);
      if (host === undefined) problems.add(`${field.path} is no host name.`);
      return host ?? [];
    });
    if (spec.at('hosts').size === 0) problems.add('It has no hosts, so it makes nothing known.');
    const resolution = spec.at('resolution').text ?? 'NONE';
    const selector = spec.at('workloadSelector');
    const endpoints = spec.at('endpoints').size;
    if (resolution === 'STATIC' && endpoints === 0 && !selector.exists) problems.add('Its resolution is STATIC, and it has no endpoints.');
    if (resolution === 'NONE' && endpoints > 0) problems.add('Without a resolution its endpoints are not used.');
    if (endpoints > 0 && selector.exists) problems.add('It is refused: endpoints and workloadSelector cannot stand side by side.');
    const labels = [...selector.at('labels').labels];
    const selected = labels.length === 0 ? [] : view.select({ labels, expressions: [], malformed: false });
    if (labels.length > 0 && selected.length === 0 && view.knows('pods'))
      problems.add('No workload of this namespace matches its workloadSelector.');
    return routeNode(object, {
      attachedTo: ['mesh', ...workloadIds(selected)],
      hosts,
      backends: readBackends(object, hosts, problems),
      problems,
    });
  });
}

/** Its endpoints, or without any the hosts themselves, each with the ports. */
function readBackends({ spec }: KubeObject, hosts: readonly string[], problems: Problems): readonly RouteBackend[] {
  const ports = spec.at('ports').items.flatMap((port) => portWord(port.at('number').value) ?? []);
  const addresses = spec.at('endpoints').items.flatMap((endpoint) => {
    const field = endpoint.at('address');
    const address = networkWord(field.value) ?? hostWord(field.value);
    // A socket of the proxy's own machine is an address too, which leads nowhere that a graph could show.
    if (address === undefined && field.exists && field.text?.startsWith('unix://') !== true) problems.add(`${field.path} is no address.`);
    return address === undefined ? [] : [{ address, weight: countWord(endpoint.at('weight').value) ?? 1 }];
  });
  const places =
    addresses.length > 0 ? addresses : spec.at('workloadSelector').exists ? [] : hosts.map((address) => ({ address, weight: 1 }));
  return places.flatMap(({ address, weight }) => {
    const host = address.includes(':') ? `[${address}]` : address;
    const authorities = ports.length === 0 ? [host] : ports.map((port) => `${host}:${port}`);
    return authorities.map((authority) => ({ to: externalId(authority), weight }));
  });
}
