import { type Field, quote, wordOrQuote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { GATEWAY_API } from '../references.ts';

/** Protocols that can share a port, because the SNI tells them apart. */
const BY_SNI = new Set(['HTTPS', 'TLS']);

/** The listeners of a Gateway of the Gateway API can stand side by side, and have what their protocol needs (gateway-api, `GatewaySpec.listeners`, `ListenerTLSConfig`). */
export const gatewayListeners: Check = {
  name: 'gateway-listeners',
  codes: ['MESH0807'],
  run(view, report) {
    for (const object of view.of('Gateway', GATEWAY_API)) {
      const ports = new Map<number, string>();
      const claims = new Map<string, Field>();
      for (const listener of object.spec.at('listeners').items) {
        checkTls(object, listener, report);
        const port = listener.at('port').number;
        const protocol = listener.at('protocol').text;
        if (port === undefined || protocol === undefined) continue;
        const family = BY_SNI.has(protocol) ? 'TLS' : protocol;
        const first = ports.get(port);
        if (first === undefined) ports.set(port, family);
        else if (first !== family) {
          const message = `Port ${port} is ${wordOrQuote(first)} in another listener, and ${wordOrQuote(protocol)} here.`;
          report({ object, field: listener.at('protocol'), message, fix: 'Use one protocol a port.' });
        }
        const hostname = listener.at('hostname').text ?? '';
        const claim = `${port} ${family} ${hostname.toLowerCase()}`;
        const rival = claims.get(claim);
        if (rival === undefined) claims.set(claim, listener);
        else {
          const message = `${rival.path} has the same port, protocol and hostname: both are in conflict, and may serve nothing.`;
          report({ object, field: listener, message, fix: 'Remove one, or give them different hostnames.' });
        }
      }
    }
  },
};

function checkTls(object: KubeObject, listener: Field, report: Report): void {
  const protocol = listener.at('protocol').text;
  const tls = listener.at('tls');
  if (protocol === 'HTTPS' || protocol === 'TLS') {
    const mode = tls.at('mode').text ?? 'Terminate';
    if (!tls.exists) {
      report({ object, field: listener, message: `A listener for ${protocol} needs tls.`, fix: 'Add tls.certificateRefs.' });
    } else if (mode === 'Terminate' && tls.at('certificateRefs').size === 0 && tls.at('options').size === 0) {
      report({
        object,
        field: tls,
        message: 'To end TLS the listener needs a certificate.',
        fix: 'Add tls.certificateRefs, the name of a Secret.',
      });
    } else if (mode === 'Passthrough' && protocol === 'HTTPS') {
      report({
        object,
        field: tls.at('mode'),
        message: 'HTTPS cannot pass through: the listener has to read the requests.',
        fix: 'Use protocol TLS.',
      });
    }
  } else if (tls.exists && (protocol === 'HTTP' || protocol === 'TCP' || protocol === 'UDP')) {
    report({ object, field: tls, message: `A listener for ${protocol} has no TLS.`, fix: 'Use HTTPS or TLS, or remove tls.' });
  }
  const hostname = listener.at('hostname');
  if (hostname.text !== undefined && (protocol === 'TCP' || protocol === 'UDP')) {
    const message = `A listener for ${protocol} cannot tell hostnames apart, and ignores ${quote(hostname.text)}.`;
    report({ object, field: hostname, message, fix: 'Remove it.', severity: 'warning' });
  }
}
