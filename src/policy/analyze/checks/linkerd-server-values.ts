import { quote } from '../../objects/field.ts';
import { DEFAULT_POLICIES, PROXY_PROTOCOLS } from '../../objects/linkerd-words.ts';
import type { Check } from '../check.ts';

const PROTOCOLS: readonly string[] = PROXY_PROTOCOLS;
const POLICIES: readonly string[] = DEFAULT_POLICIES;

/** A Server’s protocol, access policy and port are such as Linkerd knows; with others it is refused, or left out as if it were not there. */
export const linkerdServerValues: Check = {
  name: 'linkerd-server-values',
  codes: ['MESH0706'],
  run(view, report) {
    for (const { object, protocol, accessPolicy, port } of view.linkerd.servers) {
      const { spec } = object;
      if (!PROTOCOLS.includes(protocol)) {
        const alike = PROTOCOLS.find((known) => known.toLowerCase().replace('/', '') === protocol.toLowerCase().replace('/', ''));
        const fix = alike === undefined ? `Write one of ${PROTOCOLS.join(', ')}.` : `Write ${alike}.`;
        report({ object, field: spec.at('proxyProtocol'), message: `Linkerd knows no protocol ${quote(protocol)}.`, fix });
      }
      if (!POLICIES.includes(accessPolicy)) {
        const message = `Linkerd knows no access policy ${quote(accessPolicy)}.`;
        report({ object, field: spec.at('accessPolicy'), message, fix: `Write one of ${POLICIES.join(', ')}.` });
      }
      if (typeof port === 'string' ? !/^[0-9]+$/.test(port) : isPort(port)) continue;
      const message = typeof port === 'string' ? `${quote(port)} in quotes is a name, not a number.` : 'This is no port.';
      report({ object, field: spec.at('port'), message, fix: 'Write a number from 1 to 65535, or the name of a container’s port.' });
    }
  },
};

function isPort(port: number | undefined): boolean {
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535;
}
