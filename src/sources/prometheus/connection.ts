import type { Config } from '../../config.ts';
import { encodeBase64 } from '../../lib/base64.ts';
import type { HeaderList } from '../../lib/headers.ts';
import { encodeUtf8 } from '../../lib/utf8.ts';

/** Who we are to Prometheus, or to whatever stands before it. */
export type Credentials =
  | { readonly tag: 'none' }
  | { readonly tag: 'bearer'; readonly token: string }
  | { readonly tag: 'basic'; readonly user: string; readonly password: string };

/** Where Prometheus is. */
export interface Connection {
  /** Without a trailing slash; may have a path, such as Mimir's `/prometheus`. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Sent as `X-Scope-OrgID` (Mimir, Cortex, Loki's gateway; Thanos by option); empty for none. */
  readonly tenant: string;
}

/** The connection that the options say, or undefined where there is no Prometheus. A token goes before user and password. */
export function connectionOf(
  config: Pick<Config, 'prometheusUrl' | 'prometheusToken' | 'prometheusUser' | 'prometheusPassword' | 'prometheusTenant'>,
): Connection | undefined {
  const {
    prometheusUrl: baseUrl,
    prometheusToken: token,
    prometheusUser: user,
    prometheusPassword: password,
    prometheusTenant: tenant,
  } = config;
  if (baseUrl === '') return undefined;
  return { baseUrl, credentials: credentialsOf(token, user, password), tenant };
}

function credentialsOf(token: string, user: string, password: string): Credentials {
  if (token !== '') return { tag: 'bearer', token };
  return user === '' && password === '' ? { tag: 'none' } : { tag: 'basic', user, password };
}

/** The headers of every request. */
export function headersOf({ credentials, tenant }: Connection): HeaderList {
  const headers: (readonly [string, string])[] = [['accept', 'application/json']];
  if (credentials.tag === 'bearer') headers.push(['authorization', `Bearer ${credentials.token}`]);
  if (credentials.tag === 'basic') headers.push(['authorization', `Basic ${basic(credentials)}`]);
  if (tenant !== '') headers.push(['x-scope-orgid', tenant]);
  return headers;
}

/** RFC 7617, in UTF-8. */
function basic({ user, password }: Extract<Credentials, { tag: 'basic' }>): string {
  return encodeBase64(encodeUtf8(`${user}:${password}`));
}

/** What must never be repeated, in whatever form we sent it. */
export function secretsOf({ credentials }: Connection): readonly string[] {
  switch (credentials.tag) {
    case 'none':
      return [];
    case 'bearer':
      return [credentials.token];
    case 'basic':
      return [credentials.password, basic(credentials)].filter((secret) => secret !== '');
  }
}
