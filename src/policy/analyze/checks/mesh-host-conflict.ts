import { type Field, quote } from '../../objects/field.ts';
import { type KubeObject, nameOthers } from '../../objects/kube-object.ts';
import { readVisibility } from '../../objects/visibility.ts';
import type { Check } from '../check.ts';
import { gatewaysOf, MESH } from '../routes.ts';

/** The VirtualServices that speak of one host, each with the field that names it. */
interface Claims {
  readonly everywhere: Map<KubeObject, Field>;
  readonly byNamespace: Map<string, Map<KubeObject, Field>>;
}

/** In the mesh a host has one VirtualService: of several that a namespace sees, only one is used. */
export const meshHostConflict: Check = {
  name: 'mesh-host-conflict',
  codes: ['IST0109'],
  run(view, report) {
    const hosts = new Map<string, Claims>();
    for (const object of view.networking('VirtualService')) {
      if (!gatewaysOf(object).includes(MESH)) continue;
      const { everywhere, namespaces } = readVisibility(object.spec.at('exportTo').texts, object.namespace);
      for (const field of object.spec.at('hosts').items) {
        if (field.text === undefined) continue;
        const host = view.registry.qualify(field.text, object.namespace);
        const claims = hosts.get(host) ?? { everywhere: new Map(), byNamespace: new Map() };
        hosts.set(host, claims);
        if (everywhere) claims.everywhere.set(object, field);
        else for (const namespace of namespaces) claimIn(claims, namespace, object, field);
      }
    }
    for (const [host, { everywhere, byNamespace }] of hosts) {
      const common = [...everywhere.keys()];
      const fields = new Map([...byNamespace.values()].flatMap((claims) => [...claims]).concat([...everywhere]));
      const rivals = new Map<KubeObject, readonly KubeObject[]>();
      for (const scoped of byNamespace.values()) {
        const group = [...scoped.keys(), ...common.slice(0, 1)];
        if (group.length > 1) for (const object of scoped.keys()) rivals.set(object, group);
      }
      const [scoped] = [...byNamespace.values()].flatMap((claims) => [...claims.keys()]);
      const group = scoped === undefined ? common : [...common, scoped];
      if (group.length > 1) for (const object of common) rivals.set(object, group);
      for (const [object, others] of rivals) {
        const field = fields.get(object) ?? object.spec.at('hosts');
        const message = `VirtualService ${nameOthers(others, object)} has rules for ${quote(host)} too; only one of them is used.`;
        report({ object, field, message, fix: 'Merge them into one VirtualService, or let one delegate to the others.' });
      }
    }
  },
};

function claimIn({ byNamespace }: Claims, namespace: string, object: KubeObject, field: Field): void {
  const claims = byNamespace.get(namespace);
  if (claims === undefined) byNamespace.set(namespace, new Map([[object, field]]));
  else claims.set(object, field);
}
