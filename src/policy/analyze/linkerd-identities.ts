import { quote } from '../objects/field.ts';

/** What is wrong with the name of an identity, and what to write instead. */
export interface IdentityProblem {
  readonly message: string;
  readonly fix: string;
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const TRUST_DOMAIN = /^[a-z0-9._-]+$/;
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;
const ISTIO_PRINCIPAL = /^[^/]*\/ns\/([^/]+)\/sa\/([^/]+)$/;

/** No name of an identity is longer (RFC 1035 for names, and SPIFFE for its own). */
const LONGEST = 2048;

/**
 * Judges the name of an identity: labels as in DNS, of which the first may be `*`, or a SPIFFE id (linkerd2, policy-controller/runtime/src/validation.rs).
 * Undefined where it is good.
 */
export function identityProblem(value: unknown): IdentityProblem | undefined {
  if (typeof value !== 'string' || value.length > LONGEST) return { message: 'This is no name of an identity.', fix: SHAPE };
  if (value.startsWith('spiffe://')) {
    const [domain = '', ...segments] = value.slice('spiffe://'.length).split('/');
    if (TRUST_DOMAIN.test(domain) && segments.every((segment) => SEGMENT.test(segment))) return undefined;
    return { message: `${quote(value)} is no SPIFFE id; it is refused.`, fix: 'Write spiffe://trust-domain/path, without wildcards.' };
  }
  const [, namespace, account] = ISTIO_PRINCIPAL.exec(value) ?? [];
  if (namespace !== undefined && account !== undefined) {
    const message = `${quote(value)} is how Istio writes it, and no identity of Linkerd's.`;
    return { message, fix: `Name ServiceAccount ${quote(account)} of namespace ${quote(namespace)} in identityRefs.` };
  }
  const [first = '', ...labels] = value.split('.');
  if ((first === '*' || LABEL.test(first)) && labels.every((label) => LABEL.test(label))) return undefined;
  if (value.includes('*')) {
    return {
      message: `A * in ${quote(value)} is not where it can be: it is refused.`,
      fix: 'Write * alone, or *. in front of the end of a name.',
    };
  }
  return { message: `${quote(value)} is no name of an identity; it is refused.`, fix: SHAPE };
}

const SHAPE = 'Write ACCOUNT.NAMESPACE.serviceaccount.identity.linkerd.cluster.local, or use identityRefs.';
