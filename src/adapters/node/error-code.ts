/** The cases of wasi:http's `error-code` that this host gives out. */
export type ErrorCode =
  | { readonly tag: 'DNS-timeout' }
  | { readonly tag: 'DNS-error'; readonly val: { readonly rcode?: string; readonly infoCode?: number } }
  | { readonly tag: 'destination-unavailable' }
  | { readonly tag: 'connection-refused' }
  | { readonly tag: 'connection-terminated' }
  | { readonly tag: 'connection-timeout' }
  | { readonly tag: 'connection-read-timeout' }
  | { readonly tag: 'TLS-protocol-error' }
  | { readonly tag: 'TLS-certificate-error' }
  | { readonly tag: 'HTTP-request-URI-invalid' }
  | { readonly tag: 'HTTP-request-method-invalid' }
  | { readonly tag: 'HTTP-request-body-size'; readonly val: bigint | undefined }
  | { readonly tag: 'HTTP-response-body-size'; readonly val: bigint | undefined }
  | { readonly tag: 'HTTP-response-incomplete' }
  | { readonly tag: 'HTTP-protocol-error' }
  | { readonly tag: 'internal-error'; readonly val: string | undefined };

const BY_NODE_CODE: Readonly<Record<string, ErrorCode>> = {
  EAI_AGAIN: { tag: 'DNS-timeout' },
  ECONNREFUSED: { tag: 'connection-refused' },
  ECONNRESET: { tag: 'connection-terminated' },
  EPIPE: { tag: 'connection-terminated' },
  ECONNABORTED: { tag: 'connection-terminated' },
  ETIMEDOUT: { tag: 'connection-timeout' },
  EHOSTUNREACH: { tag: 'destination-unavailable' },
  ENETUNREACH: { tag: 'destination-unavailable' },
  EADDRNOTAVAIL: { tag: 'destination-unavailable' },
  ERR_UNESCAPED_CHARACTERS: { tag: 'HTTP-request-URI-invalid' },
};

/** TLS failures of the chain or the name; every other TLS failure is the protocol's. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH/;

/** What Node says about a failed connection or request, as wasi:http's error code. */
export function errorCodeOf(error: unknown): ErrorCode {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const code = typeof first === 'object' && first !== null && 'code' in first ? String(first.code) : '';
  const known = BY_NODE_CODE[code];
  if (known !== undefined) return known;
  if (code === 'ENOTFOUND' || code === 'EAI_FAIL') return { tag: 'DNS-error', val: { rcode: code } };
  if (CERTIFICATE.test(code)) return { tag: 'TLS-certificate-error' };
  if (/^ERR_(?:SSL|TLS)|^EPROTO$/.test(code)) return { tag: 'TLS-protocol-error' };
  if (code.startsWith('HPE_')) return { tag: 'HTTP-protocol-error' };
  return { tag: 'internal-error', val: first instanceof Error ? first.message : String(first) };
}
