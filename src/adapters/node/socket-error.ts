/** What the errors of Node's sockets mean, as the end of a sentence about the server. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNRESET: 'it ended the connection',
  EPIPE: 'it ended the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
};

/** Codes of Node and of OpenSSL, such as ECONNREFUSED and DEPTH_ZERO_SELF_SIGNED_CERT. */
const CODE = /^[A-Z][A-Z0-9_]{2,60}$/;

/** An error of a socket in words that hold nothing from outside, or undefined where it is none. Looks at what caused it, too. */
export function explainSocketError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !CODE.test(code)) return explainSocketError(error.cause);
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${meaning} (${code})`;
}
