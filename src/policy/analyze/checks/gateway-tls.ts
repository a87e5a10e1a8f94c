import { type Field, quote, wordOrQuote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';
import { parseProtocol } from '../protocol.ts';

/** Modes in which the gateway ends TLS with a certificate of its own. */
const WITH_CERTIFICATE = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL']);

/** A server’s TLS fits its protocol and has a certificate (istio, pkg/config/validation: `validateServer`, `validateTLSOptions`). */
export const gatewayTls: Check = {
  name: 'gateway-tls',
  codes: ['MESH0301'],
  run(view, report) {
    for (const object of view.networking('Gateway')) {
      for (const server of object.spec.at('servers').items) checkServer(object, server, report);
    }
  },
};

function checkServer(object: KubeObject, server: Field, report: Report): void {
  const name = server.at('port', 'protocol').text;
  const protocol = parseProtocol(name);
  const tls = server.at('tls');
  if (name !== undefined && (protocol === undefined || protocol === 'udp')) {
    const message = `${quote(name)} is no protocol of a Gateway.`;
    report({ object, field: server.at('port', 'protocol'), message, fix: 'Use HTTP, HTTPS, HTTP2, GRPC, TLS or TCP.' });
  }
  if (protocol === 'tls' && !tls.exists) {
    report({ object, field: server, message: `A server for ${name} needs tls.`, fix: 'Add tls.mode and tls.credentialName.' });
  }
  if (!tls.exists || protocol === undefined) return;
  const mode = tls.at('mode').text ?? 'PASSTHROUGH';
  if (protocol !== 'tls') {
    const redirects = protocol === 'http' && mode === 'PASSTHROUGH';
    if (!redirects)
      report({ object, field: tls, message: `A ${name} port has no TLS.`, fix: 'Use HTTPS or TLS, or keep tls.httpsRedirect alone.' });
    return;
  }
  checkCertificate(object, tls, mode, report);
}

function checkCertificate(object: KubeObject, tls: Field, mode: string, report: Report): void {
  const secret = tls.at('credentialName').exists || tls.at('credentialNames').size > 0;
  const files = tls.at('serverCertificate').exists && tls.at('privateKey').exists;
  const several = tls.at('tlsCertificates').size > 0;
  if (WITH_CERTIFICATE.has(mode) && !secret && !files && !several) {
    report({ object, field: tls, message: `Mode ${mode} needs a certificate.`, fix: 'Add tls.credentialName, the name of a Secret.' });
  }
  if ((mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL') && !secret && !tls.at('caCertificates').exists) {
    const message = `Mode ${mode} needs a CA to check clients with.`;
    report({ object, field: tls, message, fix: 'Add ca.crt to the Secret of tls.credentialName, or tls.caCertificates.' });
  }
  if (WITH_CERTIFICATE.has(mode)) {
    if (Number(secret) + Number(files) + Number(several) > 1) {
      report({ object, field: tls, message: 'Certificates come from several places.', fix: 'Keep one: credentialName is the usual one.' });
    }
  } else if (secret || files || several) {
    const severity = mode === 'ISTIO_MUTUAL' ? 'error' : 'warning';
    const message = `Mode ${wordOrQuote(mode)} uses no certificate of the server’s.`;
    report({ object, field: tls, message, fix: 'Remove the certificate, or use SIMPLE or MUTUAL.', severity });
  }
}
