import { groupBy } from '../../../lib/group.ts';
import { parseNetwork } from '../../../lib/ip.ts';
import { compareAge } from '../../objects/age.ts';
import { type Field, quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { LINKERD_POLICY } from '../references.ts';

/** Networks in an EgressNetwork that does not say any: every address outside of the cluster. */
const EVERYTHING = 'everything';

/**
 * An address belongs to one EgressNetwork of a namespace. The narrower network wins; of networks that are equal the oldest one’s, whatever its traffic policy is
 * (linkerd2, policy-controller/k8s/index/src/outbound/index/egress_network.rs: `compare_matched_egress_network`).
 */
export const egressNetworkOverlap: Check = {
  name: 'egress-network-overlap',
  codes: ['MESH0709'],
  run(view, report) {
    for (const objects of groupBy(view.of('EgressNetwork', LINKERD_POLICY), ({ namespace }) => namespace).values()) {
      const first = new Map<string, string>();
      for (const object of [...objects].sort(compareAge)) {
        const list = object.spec.at('networks');
        const networks = list.exists ? list.items : [list];
        for (const field of networks) {
          const key = list.exists ? keyOf(field) : EVERYTHING;
          if (key === undefined) continue;
          const owner = first.get(key);
          if (owner === undefined) first.set(key, object.name);
          else if (owner !== object.name) {
            const message = `EgressNetwork ${quote(owner)} has the same network and comes first, so this one never gets its traffic.`;
            report({ object, field, message, fix: 'Give each network to one EgressNetwork of the namespace.' });
          }
        }
      }
    }
  },
};

/** Equal for equal networks. */
function keyOf(network: Field): string | undefined {
  const ranges = [network.at('cidr').text, ...[...network.at('except').texts].sort()].map((text) => rangeText(text ?? ''));
  return ranges.some((range) => range === undefined) ? undefined : ranges.join(' ');
}

function rangeText(text: string): string | undefined {
  const network = parseNetwork(text);
  if (network === undefined) return undefined;
  // Bits beyond the length do not count.
  const words = network.address.words.map((word, index) => {
    const kept = Math.min(32, Math.max(0, network.length - 32 * index));
    return kept === 0 ? 0 : (word >>> (32 - kept)) * 2 ** (32 - kept);
  });
  return `${network.address.version}:${words.join('.')}/${network.length}`;
}
