import { contains, type Network, parseNetwork } from '../../../lib/ip.ts';
import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { LINKERD_POLICY } from '../references.ts';

/** Where each kind keeps its networks, and whether it must have some. */
const PLACES: readonly { readonly kind: string; readonly path: readonly string[]; readonly needed: boolean }[] = [
  { kind: 'NetworkAuthentication', path: ['networks'], needed: true },
  { kind: 'EgressNetwork', path: ['networks'], needed: false },
  { kind: 'ServerAuthorization', path: ['client', 'networks'], needed: false },
];

/** Networks are ranges of addresses, and what is excepted lies within them (linkerd2, policy-controller/runtime/src/admission.rs: `validate_networks`). */
export const linkerdNetwork: Check = {
  name: 'linkerd-network',
  codes: ['MESH0708'],
  run(view, report) {
    for (const { kind, path, needed } of PLACES) {
      for (const object of view.of(kind, LINKERD_POLICY)) {
        const list = object.spec.at(...path);
        if (list.size === 0 && (needed || (list.exists && kind === 'EgressNetwork'))) {
          report({ object, field: list, message: 'There is no network; it is refused.', fix: 'Add one, such as cidr: 10.0.0.0/8.' });
        }
        for (const item of list.items) checkNetwork(object, item, report);
      }
    }
  },
};

function checkNetwork(object: KubeObject, item: Field, report: Report): void {
  const network = read(object, item.at('cidr'), report);
  for (const field of item.at('except').items) {
    const except = read(object, field, report);
    if (network === undefined || except === undefined) continue;
    const shown = item.at('cidr').text ?? '';
    if (covers(except, network)) {
      report({ object, field, message: `Nothing is left of ${quote(shown)}; it is refused.`, fix: 'Except a part of it only.' });
    } else if (!covers(network, except)) {
      const message = `${quote(field.text ?? '')} does not lie in ${quote(shown)}; it is refused.`;
      report({ object, field, message, fix: 'Except a part of the network, or put it under the network that it is of.' });
    }
  }
}

function read(object: KubeObject, field: Field, report: Report): Network | undefined {
  const network = parseNetwork(field.text ?? '');
  if (network === undefined) {
    const message = `${quote(field.text ?? '')} is no IP address and no range of them.`;
    report({ object, field, message, fix: 'Write one such as 10.0.0.0/8.' });
  }
  return network;
}

/** Whether a network holds all of another. */
function covers(network: Network, other: Network): boolean {
  return network.length <= other.length && contains(network, other.address);
}
