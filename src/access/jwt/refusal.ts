/** Why a token is not taken: a word for the log, and what its bearer may read. */
const WORDS = {
  'too-long': 'The token is too long.',
  malformed: 'The token is not a signed JWT.',
  algorithm: 'The token is signed in a way that is not taken here.',
  critical: 'The token has critical extensions, and none is known here.',
  type: 'The token is no access token.',
  claims: 'A claim of the token is missing or not what it should be.',
  issuer: 'The token is from another issuer.',
  audience: 'The token is for another audience.',
  expired: 'The token has expired.',
  'not-yet': 'The token is not valid yet.',
  key: 'The token names no key that its issuer has now.',
  signature: 'The signature of the token is not right.',
} as const;

export type TokenProblem = keyof typeof WORDS;

/** A token that is not taken. */
export interface TokenRefused {
  readonly tag: 'refused';
  readonly problem: TokenProblem;
}

export function refuse(problem: TokenProblem): TokenRefused {
  return { tag: 'refused', problem };
}

/** Text of our own, fit for `error_description` (RFC 6750 section 3: no quotation marks, no backslashes). */
export function problemText(problem: TokenProblem): string {
  return WORDS[problem];
}

export function isRefused(value: object): value is TokenRefused {
  return 'tag' in value && value.tag === 'refused';
}
