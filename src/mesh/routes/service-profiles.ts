import { serviceId } from '../../graph/ids.ts';
import type { RouteBackend, RouteNode } from '../../graph/model.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import type { NamespaceView } from '../namespace-view.ts';
import { Problems } from '../wording.ts';
import { hostWord, namespaceWord, nameWord } from '../words.ts';
import { routeNode } from './route-node.ts';

/** The Service that a ServiceProfile's name means: `web.shop.svc.cluster.local`. */
function serviceOf(host: string, clusterDomain: string): { readonly namespace: string; readonly name: string } | undefined {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return undefined;
  const [name, namespace, more] = host.slice(0, -suffix.length).split('.');
  return namespaceWord(namespace) === undefined ||
    nameWord(name) === undefined ||
    more !== undefined ||
    name === undefined ||
    namespace === undefined
    ? undefined
    : { namespace, name };
}

/**
 * Services of this namespace that have a ServiceProfile here with routes or other destinations: then a proxy follows the profile, and no route that hangs on
 * the Service (linkerd2-proxy, linkerd/app/outbound/src/sidecar.rs: "Only use service profiles if there are novel routes/target overrides").
 */
export function overridingProfiles(view: NamespaceView): ReadonlySet<string> {
  const { clusterDomain } = view.shared.options;
  return new Set(
    view.of('linkerdServiceProfiles').flatMap(({ name, spec }) => {
      const service = serviceOf(name, clusterDomain);
      const overrides = spec.at('routes').size > 0 || spec.at('dstOverrides').size > 0;
      return overrides && service?.namespace === view.namespace ? [service.name] : [];
    }),
  );
}

/** Linkerd's ServiceProfiles: per-route metrics, retries and time-outs, and traffic splits by `dstOverrides`. */
export function serviceProfiles(view: NamespaceView): readonly RouteNode[] {
  return view.of('linkerdServiceProfiles').map((profile) => {
    const problems = new Problems();
    const service = serviceOf(profile.name, view.shared.options.clusterDomain);
    if (service === undefined) {
      // linkerd2, controller/api/destination: a profile is looked up by the Service's full name.
      problems.add('Its name is not the full name of a Service (name.namespace.svc and the cluster domain), so no proxy looks for it.');
    } else if (service.namespace === view.namespace && view.lacks('services', service.name)) {
      problems.add(`There is no Service ${service.name}.`);
    }
    const attachedTo = service === undefined ? [] : [serviceId(service.namespace, service.name)];
    return routeNode(profile, { attachedTo, hosts: [profile.name], backends: readOverrides(view, profile, problems), problems });
  });
}

function readOverrides(view: NamespaceView, { spec }: KubeObject, problems: Problems): readonly RouteBackend[] {
  const fields = spec.at('dstOverrides').items;
  const backends = fields.flatMap((field): RouteBackend[] => {
    const authority = field.at('authority').text ?? '';
    const host = hostWord(authority.replace(/:\d{1,5}$/, ''))?.replace(/\.$/, '');
    const weight = readQuantity(field.at('weight'));
    if (host === undefined || weight === undefined) {
      problems.add(`${field.path} has no ${host === undefined ? 'authority' : 'weight'} that can be read.`);
      return [];
    }
    const service = serviceOf(host, view.shared.options.clusterDomain);
    if (service?.namespace === view.namespace && view.lacks('services', service.name)) {
      problems.add(`There is no Service ${service.name}, to which ${field.path} sends.`);
    }
    return [{ to: service === undefined ? host : serviceId(service.namespace, service.name), weight }];
  });
  if (fields.length > 0 && backends.length === fields.length && backends.every(({ weight }) => weight === 0)) {
    problems.add('All of its dstOverrides have weight 0, so they take no request.');
  }
  return backends;
}

/** The scales of Kubernetes quantities that a weight is written in. */
const SCALES: Readonly<Record<string, number>> = { m: 0.001, k: 1000 };

/** A weight is a quantity: `10`, `"500m"`, `"1k"` (linkerd2, ServiceProfile `WeightedDst.Weight`). */
function readQuantity(field: Field): number | undefined {
  const { number, text } = field;
  if (number !== undefined) return Number.isFinite(number) && number >= 0 ? number : undefined;
  const match = /^(\d{1,12}(?:\.\d{1,6})?)([mk]?)$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * (SCALES[match[2] ?? ''] ?? 1);
}
