import type { Check } from '../check.ts';
import { parseProtocol } from '../protocol.ts';

/**
 * A ServiceEntry for plain TCP has an address to be told by. Istio allots one by itself where it can: not for wildcard hosts, not with resolution NONE (istio,
 * pilot/pkg/networking/serviceentry: `ShouldV2AutoAllocateIP`, on by default since 1.25).
 */
export const serviceEntryAddress: Check = {
  name: 'service-entry-address',
  codes: ['IST0134'],
  run(view, report) {
    for (const object of view.networking('ServiceEntry')) {
      const { spec } = object;
      if (spec.at('addresses').size > 0) continue;
      const optedOut = object.labels.get('networking.istio.io/enable-autoallocate-ip')?.toLowerCase() === 'false';
      const wildcard = spec.at('hosts').texts.some((host) => host.startsWith('*'));
      const unresolved = (spec.at('resolution').text ?? 'NONE') === 'NONE';
      if (!optedOut && !wildcard && !unresolved) continue;
      for (const port of spec.at('ports').items) {
        const protocol = port.at('protocol').text;
        if (protocol !== undefined && parseProtocol(protocol) !== 'tcp') continue;
        const message = 'On a TCP port only the address tells one host from another, and Istio allots none here.';
        const fix = 'Add addresses, or declare the port as TLS or HTTP where it is, or use resolution DNS with a full host name.';
        report({ object, field: port.at('protocol'), message, fix });
      }
    }
  },
};
