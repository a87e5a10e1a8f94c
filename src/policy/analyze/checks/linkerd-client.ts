import type { Check } from '../check.ts';
import { LINKERD_POLICY } from '../references.ts';

/** A ServerAuthorization says in one way whom it lets in (linkerd2, policy-controller/runtime/src/admission.rs, and k8s/index/src/inbound/server_authorization.rs: `client_authz`). */
export const linkerdClient: Check = {
  name: 'linkerd-client',
  codes: ['MESH0713'],
  run(view, report) {
    for (const object of view.of('ServerAuthorization', LINKERD_POLICY)) {
      const field = object.spec.at('client');
      const tls = field.at('meshTLS');
      const anybody = field.at('unauthenticated').value === true;
      const named = tls.at('identities').size + tls.at('serviceAccounts').size;
      if (anybody && tls.exists) {
        const message = 'unauthenticated and meshTLS contradict each other; it is refused.';
        report({ object, field, message, fix: 'Keep one of them.' });
      } else if (!anybody && !tls.exists) {
        const message = 'The client says neither unauthenticated nor meshTLS, so nobody is let in.';
        report({ object, field, message, fix: 'Add meshTLS, or unauthenticated: true.' });
      } else if (tls.exists && tls.at('unauthenticatedTLS').value === true && named > 0) {
        const message = 'unauthenticatedTLS and names of clients contradict each other; it is refused.';
        report({ object, field: tls, message, fix: 'Keep one of them.' });
      } else if (tls.exists && tls.at('unauthenticatedTLS').value !== true && named === 0) {
        report({ object, field: tls, message: 'meshTLS names no client, so nobody is let in.', fix: 'Add identities or serviceAccounts.' });
      }
    }
  },
};
