import { quote } from '../../objects/field.ts';
import type { Check } from '../check.ts';
import { trafficPolicies } from '../destination-rules.ts';

/**
 * TLS to a server says by which CA the server is checked. Without one proxies use the system's CAs (istio.io/api, `ClientTLSSettings.caCertificates`); earlier
 * ones used none, for which `istioctl analyze` still warns. So this is worth knowing and no longer a hole.
 */
export const upstreamCa: Check = {
  name: 'upstream-ca',
  codes: ['IST0128', 'IST0129'],
  run(view, report) {
    for (const rule of view.rules.all) {
      for (const { field, port } of trafficPolicies(rule)) {
        const tls = field.at('tls');
        const mode = tls.at('mode').text;
        if (mode !== 'SIMPLE' && mode !== 'MUTUAL') continue;
        if (tls.at('insecureSkipVerify').value === true) {
          const message = 'insecureSkipVerify takes any certificate: whoever sits between can read and change everything.';
          report({
            object: rule.object,
            field: tls.at('insecureSkipVerify'),
            message,
            fix: 'Set caCertificates instead.',
            severity: 'warning',
          });
          continue;
        }
        if (tls.at('caCertificates').text !== undefined || (tls.at('credentialName').text !== undefined && rule.selective)) continue;
        const message = `TLS to ${quote(rule.qualified)} names no CA, so the server is checked with the CAs of the proxy’s system.`;
        const fix = 'For a CA of your own set caCertificates to its file, and subjectAltNames.';
        report({ object: rule.object, field: tls, message, fix, code: port === undefined ? 'IST0128' : 'IST0129' });
      }
    }
  },
};
