import { contains, parseNetwork } from '../../lib/ip.ts';
import { NO, truthOf, unknown, YES } from '../access/truth.ts';
import { CLIENT_ADDRESS, CLIENT_IDENTITY, HOST, METHOD, PATH } from '../access/unknowns.ts';
import { quote } from '../objects/field.ts';
import { type ClaimsTest, claimTest, readBrackets, readClaimPath, requestPrincipalTest } from './claims.ts';
import type { ValueTest } from './condition.ts';
import { ask, type ClientAddress, type Facts, type Known, open, sayAddress, sayIdentity, sayKnown } from './facts.ts';
import { isPathTemplate, readPathTemplate } from './path-template.ts';
import { type IdentityTest, namespaceTest, principalTest, serviceAccountTest, trustDomainTest } from './spiffe.ts';
import { foldCase, matchesPattern, readPattern } from './text-pattern.ts';
import { expandAliases, replaceAliases } from './trust-domains.ts';

/** What a policy can ask of a call, as istiod makes it for Envoy (istio, pilot/pkg/security/authz/model/generator.go). */
export interface Attribute {
  /** Only HTTP has it. */
  readonly http: boolean;
  /** The test on one value; undefined for a value that Istio cannot read. */
  readonly test: (value: string) => ValueTest | undefined;
  /** What the values of a list stand for, where that is more than themselves. */
  readonly expand?: (values: readonly string[]) => readonly string[];
  /** What it is and what the call has there. */
  readonly says: (facts: Facts) => string;
}

/** What the meaning of a value depends on. */
export interface Surroundings {
  /** Of the policy: where service accounts without a namespace are. */
  readonly namespace: string;
  readonly trustDomains: readonly string[];
}

/** The attributes of `from.source`, by the name of their list; its negation is `notPrincipals`, and so on. */
export function sourceAttributes({ namespace, trustDomains }: Surroundings): ReadonlyMap<string, Attribute> {
  return new Map<string, Attribute>([
    ['principals', { ...identity(principalTest, '*'), expand: (values) => replaceAliases(values, trustDomains) }],
    ['requestPrincipals', claims(requestPrincipalTest, 'the token’s issuer and subject')],
    ['serviceAccounts', identity((value) => serviceAccountTest(value, namespace))],
    ['trustDomains', { ...identity(trustDomainTest, '*'), expand: (values) => expandAliases(values, trustDomains) }],
    ['namespaces', identity(namespaceTest, '*')],
    ['remoteIpBlocks', REMOTE_IP],
    ['ipBlocks', SOURCE_IP],
  ]);
}

/** The attribute that a condition of `when` names; undefined for one that Istio does not know, so that it skips the rule (model.go: `New`). */
export function conditionAttribute(key: string, surroundings: Surroundings): Attribute | undefined {
  switch (key) {
    case 'destination.ip':
      return DESTINATION_IP;
    case 'destination.port':
      return PORT;
    case 'connection.sni':
      return SNI;
    case 'source.ip':
      return SOURCE_IP;
    case 'remote.ip':
      return REMOTE_IP;
    case 'request.auth.audiences':
      return claims((value) => claimTest(['aud'], value), 'the token’s audience');
    case 'request.auth.presenter':
      return claims((value) => claimTest(['azp'], value), 'the token’s presenter');
  }
  const list = SOURCE_CONDITIONS.get(key);
  if (list !== undefined) return sourceAttributes(surroundings).get(list);
  if (key.startsWith('experimental.envoy.filters.')) return envoyFilter(key);
  if (key.startsWith('request.headers')) return header(key.slice('request.headers'.length));
  if (key.startsWith('request.auth.claims')) return claim(key.slice('request.auth.claims'.length));
  return undefined;
}

/** Conditions that ask the same as a list of `from.source`. */
const SOURCE_CONDITIONS: ReadonlyMap<string, string> = new Map([
  ['source.principal', 'principals'],
  ['source.namespace', 'namespaces'],
  ['source.serviceAccount', 'serviceAccounts'],
  ['source.trustDomain', 'trustDomains'],
  ['request.auth.principal', 'requestPrincipals'],
]);

const NO_TEST = (): undefined => undefined;

/** `present`: the value that every identity satisfies, so that it need not be known. */
function identity(make: (value: string) => IdentityTest, present?: string): Attribute {
  return {
    http: false,
    test: (value) => {
      const holds = make(value);
      return ({ identity: client }) => {
        if (client.tag === 'none') return NO;
        if (client.tag === 'named') return truthOf(holds(client.name));
        return value === present ? YES : unknown(CLIENT_IDENTITY);
      };
    },
    says: (facts) => sayIdentity(facts.identity),
  };
}

function claims(make: (value: string) => ClaimsTest, what: string): Attribute {
  return {
    http: true,
    test: (value) => {
      const holds = make(value);
      return (facts) => ask(facts.claims, (given) => given !== null && holds(given));
    },
    says: ({ claims: given }) => {
      if (given.tag === 'unknown') return `${what} is not known`;
      return given.value === null ? 'the call bears no token that was checked' : `${what} differs`;
    },
  };
}

function claim(brackets: string): Attribute {
  const path = readClaimPath(brackets);
  if (path === undefined) return { ...claims(() => () => false, ''), test: NO_TEST };
  return claims((value) => claimTest(path, value), `the token’s claim ${quote(path.join('.'))}`);
}

function addresses(read: (facts: Facts) => Known<ClientAddress>, what: string): Attribute {
  return {
    http: false,
    test: (value) => {
      const network = parseNetwork(value);
      return network && ((facts) => ask(read(facts), ({ address }) => address !== undefined && contains(network, address)));
    },
    says: (facts) => sayAddress(what, read(facts)),
  };
}

const SOURCE_IP = addresses(({ source }) => source, CLIENT_ADDRESS);
const REMOTE_IP = addresses(({ remote }) => remote, 'the address of the original client');
const POD_ADDRESS: Known<ClientAddress> = open('the address of the pod that is called');
const DESTINATION_IP = addresses(() => POD_ADDRESS, 'the address of the pod that is called');

const PORT: Attribute = {
  http: false,
  test: (value) => {
    const number = readPort(value);
    return number === undefined ? undefined : ({ port }) => ask(port, (called) => called === number);
  },
  says: ({ port }) => (port.tag === 'known' ? `the port is ${port.value}` : 'the port is not known'),
};

/** istio, pilot/pkg/security/authz/model/util.go: `convertToPort`. */
export function readPort(value: string): number | undefined {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : 65_536;
  return number <= 65_535 ? number : undefined;
}

const SNI: Attribute = {
  http: false,
  test: (value) => {
    const pattern = readPattern(value);
    return ({ sni }) => ask(sni, (name) => matchesPattern(pattern, name));
  },
  says: ({ sni }) => `the server name in the TLS handshake ${sayKnown(sni)}`,
};

/** Metadata that other filters leave. */
function envoyFilter(key: string): Attribute {
  const readable = key.includes('[');
  return {
    http: false,
    test: (value) => (readable ? () => unknown(`the metadata ${quote(key)}, which is compared with ${quote(value)}`) : undefined),
    says: () => `the metadata ${quote(key)} is not known`,
  };
}

function header(brackets: string): Attribute {
  const name = readBrackets(brackets);
  if (name === undefined) return { http: true, test: NO_TEST, says: () => '' };
  // Envoy knows the host by two names (envoy, source/common/http/header_map_impl.cc: `StaticLookupTable`).
  const lower = foldCase(name);
  return headerAttribute(lower === 'host' ? ':authority' : lower, `the header ${quote(name)}`, matchesHeader);
}

function headerAttribute(name: string, what: string, matches: (value: string) => (text: string) => boolean): Attribute {
  return {
    http: true,
    test: (value) => {
      const holds = matches(value);
      return ({ headers, headersComplete }) => {
        const given = headers.get(name);
        if (given !== undefined) return truthOf(holds(given));
        if (!name.startsWith(':')) return headersComplete ? NO : unknown(what);
        // A call of HTTP always has them.
        return value === '*' && CERTAIN.has(name) ? YES : unknown(PSEUDO.get(name) ?? what);
      };
    },
    says: ({ headers, headersComplete }) => {
      const given = headers.get(name);
      if (given !== undefined) return `${what} is ${quote(given)}`;
      return headersComplete && !name.startsWith(':') ? `${what} is missing` : `${what} is not known`;
    },
  };
}

const CERTAIN: ReadonlySet<string> = new Set([':method', ':path', ':authority', ':scheme']);
const PSEUDO: ReadonlyMap<string, string> = new Map([
  [':method', METHOD],
  [':path', PATH],
  [':authority', HOST],
]);

/** A header that is there satisfies `*`, whatever its value (istio, pilot/pkg/security/authz/matcher/header.go: `HeaderMatcher`). */
function matchesHeader(value: string): (text: string) => boolean {
  const pattern = readPattern(value);
  return pattern.tag === 'present' ? () => true : (text) => matchesPattern(pattern, text);
}

/** Hosts compare without case, and with the port where the call names one (header.go: `HostMatcher`). */
function matchesHost(value: string): (text: string) => boolean {
  const holds = matchesHeader(foldCase(value));
  return (text) => holds(foldCase(text));
}

const PATHS: Attribute = {
  http: true,
  test: (value) => {
    if (!isPathTemplate(value)) {
      const pattern = readPattern(value);
      // Every path begins with a slash.
      const certain = pattern.tag === 'present' || (pattern.tag === 'prefix' && '/'.startsWith(pattern.text));
      return ({ path }) => (certain && path.tag === 'unknown' ? YES : ask(path, (text) => matchesPattern(pattern, text)));
    }
    const matches = readPathTemplate(value);
    return matches === undefined
      ? () => unknown(`what Envoy makes of the path template ${quote(value)}`)
      : ({ path }) => ask(path, (text) => matches(text));
  },
  says: ({ path }) => `the path ${sayKnown(path)}`,
};

/** The attributes of `to.operation`, by the name of their list. */
export const OPERATION_ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ['hosts', headerAttribute(':authority', HOST, matchesHost)],
  ['methods', headerAttribute(':method', METHOD, matchesHeader)],
  ['paths', PATHS],
  ['ports', PORT],
]);
