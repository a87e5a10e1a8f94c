import { isAddressOrRange } from '../policy/analyze/address.ts';

/**
 * The alphabets of everything from an object that can reach an answer. The API server enforces most of them; they are checked again here, so that no text of
 * another's making passes through us to a model, whatever sends it. Each function gives the word, or undefined where the value is none of its kind.
 */

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
// Real host names contain underscores and capitals, and may end with a dot; routes put a wildcard before them.
const HOST = /^(?=.{1,254}$)(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[-A-Za-z0-9_.]*[A-Za-z0-9_])?\.?)$/;
// `prod/*.example.com`, `./web`, `*/*`: Istio's Gateway and Sidecar put namespaces before hosts.
const SCOPE = /^(?:[*.~]|[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)$/;
// Names of containers' ports are IANA service names: at most 15 characters.
const PORT_NAME = /^(?=.*[a-z])[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/;
const APP_PROTOCOL = /^[A-Za-z0-9](?:[-A-Za-z0-9._/]{0,126}[A-Za-z0-9])?$/;
// Reasons and types of conditions (Kubernetes, metav1.Condition).
const REASON = /^[A-Za-z](?:[A-Za-z0-9_,:]{0,62}[A-Za-z0-9_])?$/;
const METHOD = /^(?:[A-Z]{1,16}\*?|\*[A-Z]{0,16})$/;
// SPIFFE ids, Istio's principals with their wildcards, Linkerd's DNS-like identities.
const IDENTITY = /^[A-Za-z0-9*](?:[-A-Za-z0-9._:/*]{0,251}[A-Za-z0-9*])?$/;

const matching =
  (alphabet: RegExp) =>
  (value: unknown): string | undefined =>
    typeof value === 'string' && alphabet.test(value) ? value : undefined;

/** The name of a namespace. */
export const namespaceWord = matching(DNS_LABEL);
/** The name of an object. */
export const nameWord = matching(DNS_SUBDOMAIN);
export const kindWord = matching(KIND);
/** A host name, perhaps with a wildcard before it. */
export const hostWord = matching(HOST);
export const portNameWord = matching(PORT_NAME);
export const servicePortNameWord = matching(DNS_LABEL);
export const appProtocolWord = matching(APP_PROTOCOL);
export const reasonWord = matching(REASON);
export const methodWord = matching(METHOD);
export const identityWord = matching(IDENTITY);

/** A host that may have a port after it, or `:*` for any. */
export function authorityWord(value: unknown): string | undefined {
  return typeof value === 'string' && hostWord(value.replace(/:(?:\d{1,5}|\*)$/, '')) !== undefined ? value : undefined;
}

/** A host that may have the namespaces before it that it is for. */
export function scopedHostWord(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const slash = value.indexOf('/');
  return slash === -1 || SCOPE.test(value.slice(0, slash)) ? hostWord(value.slice(slash + 1)) && value : undefined;
}

/** An IP address, or a range of them such as `10.0.0.0/8`. */
export function networkWord(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= 64 && isAddressOrRange(value) ? value : undefined;
}

/** A port number. */
export function portWord(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
}

/** A whole number from 0 that a JSON number carries exactly. */
export function countWord(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** A transport protocol; TCP where there is none (Kubernetes, ServicePort and ContainerPort). */
export function protocolWord(value: unknown): (typeof PROTOCOLS)[number] | undefined {
  if (value === undefined || value === null || value === '') return 'TCP';
  return PROTOCOLS.find((protocol) => protocol === value);
}
