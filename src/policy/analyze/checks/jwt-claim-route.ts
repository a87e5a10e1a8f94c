import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import { reachOf, selectionOf } from '../../objects/selection.ts';
import type { Check } from '../check.ts';
import { gatewaysOf, MESH } from '../routes.ts';
import type { View } from '../view.ts';
import type { Workload } from '../workloads.ts';

/** Headers of this name are no headers but claims of a checked token (istio, pkg/jwt: `ToRoutingClaim`). */
const CLAIM = '@request.auth.claims';

/** Where a VirtualService routes by claims of a token, the gateway’s proxies check tokens. */
export const jwtClaimRoute: Check = {
  name: 'jwt-claim-route',
  codes: ['IST0149'],
  run(view, report) {
    if (!view.knows('RequestAuthentication', 'security.istio.io')) return;
    const coverage = new Coverage(view);
    for (const object of view.networking('VirtualService')) {
      const field = claimOf(object);
      if (field === undefined) continue;
      const gateways = gatewaysOf(object).filter((gateway) => gateway !== MESH);
      if (gateways.length === 0) {
        const message = 'Only gateways route by the claims of a token, and this VirtualService is bound to none.';
        report({ object, field, message, fix: 'Bind it to a Gateway.' });
      }
      for (const qualified of gateways) {
        const [namespace = '', name = ''] = qualified.split('/');
        const gateway = view.find('Gateway', 'networking.istio.io', namespace, name);
        if (gateway === undefined || coverage.covers(gateway)) continue;
        const message = `No RequestAuthentication checks tokens at gateway ${quote(qualified)}, so no claim is known there.`;
        report({ object, field, message, fix: 'Add one that selects the gateway’s pods, in their namespace.' });
      }
    }
  },
};

function claimOf(object: KubeObject): Field | undefined {
  for (const match of object.spec.at('http').items.flatMap((rule) => rule.at('match').items)) {
    for (const [name, field] of [...match.at('headers').entries, ...match.at('withoutHeaders').entries]) {
      if (name.startsWith(CLAIM)) return field;
    }
  }
  return undefined;
}

/** Which proxies check tokens. */
class Coverage {
  readonly #view: View;
  readonly #namespaces = new Set<string>();
  readonly #workloads = new Set<Workload>();
  #everywhere = false;

  constructor(view: View) {
    this.#view = view;
    for (const policy of view.security('RequestAuthentication')) {
      if (policy.spec.at('jwtRules').size === 0) continue;
      const labels = selectionOf(policy)?.labels ?? new Map<string, string>();
      const reach = reachOf(policy, view.rootNamespace);
      if (labels.size > 0) for (const workload of view.workloads.select(labels, reach)) this.#workloads.add(workload);
      else if (reach === undefined) this.#everywhere = true;
      else this.#namespaces.add(reach);
    }
  }

  covers(gateway: KubeObject): boolean {
    if (this.#everywhere) return true;
    const proxies = this.#view.workloads.select(gateway.spec.at('selector').labels);
    // Without its proxies in the set, the gateway cannot be judged.
    return proxies.every((proxy) => this.#workloads.has(proxy) || this.#namespaces.has(proxy.namespace));
  }
}
