import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check } from '../check.ts';

/** Kinds whose controllers make a Secret, and where they say its name. */
const MAKERS: readonly (readonly [kind: string, group: string, nameOf: (object: KubeObject) => string | undefined])[] = [
  ['Certificate', 'cert-manager.io', ({ spec }) => spec.at('secretName').text],
  ['ExternalSecret', 'external-secrets.io', ({ spec, name }) => spec.at('target', 'name').text ?? name],
  ['SealedSecret', 'bitnami.com', ({ name }) => name],
];

/** Pairs of keys, each a certificate and its key, that istiod reads (istio, pilot/pkg/credentials/kube: `ExtractCertInfo`). */
const PAIRS = [
  ['tls.crt', 'tls.key'],
  ['cert', 'key'],
] as const;

/** The Secret that a Gateway’s server names exists in its proxy’s namespace and holds what its mode needs. */
export const gatewayCredential: Check = {
  name: 'gateway-credential',
  codes: ['IST0101', 'IST0161'],
  run(view, report) {
    if (!view.knows('Secret', '')) return;
    const made = new Set(
      MAKERS.flatMap(([kind, group, nameOf]) => view.of(kind, group).map((object) => `${object.namespace}/${nameOf(object) ?? ''}`)),
    );
    for (const object of view.networking('Gateway')) {
      const [proxy] = view.workloads.select(object.spec.at('selector').labels);
      // The Secret lies beside the proxy, not beside the Gateway.
      const namespace = object.spec.at('selector').size > 0 ? proxy?.namespace : object.namespace;
      if (namespace === undefined) continue;
      for (const server of object.spec.at('servers').items) {
        const tls = server.at('tls');
        for (const field of [tls.at('credentialName'), ...tls.at('credentialNames').items]) {
          const name = field.text;
          if (name === undefined || made.has(`${namespace}/${name}`)) continue;
          const secret = view.find('Secret', '', namespace, name);
          if (secret === undefined) {
            const message = `There is no Secret ${quote(name)} in namespace ${quote(namespace)}, where the gateway’s proxy runs.`;
            const fix = 'Create it there (kubectl create secret tls), or correct the name.';
            // Secrets are rarely kept among manifests.
            report({ object, field, message, fix, severity: view.complete ? 'error' : 'warning' });
          } else {
            const missing = missingKey(secret, tls);
            const message = `Secret ${quote(`${namespace}/${name}`)} has no ${missing ?? ''}.`;
            if (missing !== undefined) report({ object, field, message, fix: 'Add it to the Secret.', code: 'IST0161' });
          }
        }
      }
    }
  },
};

function missingKey(secret: KubeObject, tls: Field): string | undefined {
  const has = (key: string) => secret.root.at('data', key).exists || secret.root.at('stringData', key).exists;
  const pair = PAIRS.find(([certificate, key]) => has(certificate) || has(key)) ?? PAIRS[0];
  const missing = pair.find((key) => !has(key));
  if (missing !== undefined) return missing;
  if (tls.at('mode').value !== 'MUTUAL' || has('ca.crt') || has('cacert')) return undefined;
  return tls.at('caCertCredentialName').exists ? undefined : 'ca.crt, which MUTUAL needs';
}
