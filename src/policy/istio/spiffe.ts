import { matchesPattern, readPattern } from './text-pattern.ts';

/** What precedes an Istio identity in a certificate, and never in a policy. */
export const SPIFFE = 'spiffe://';

/** The parts of `spiffe://td/ns/shop/sa/web`. */
export interface SpiffeParts {
  readonly trustDomain: string;
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** As ztunnel reads an identity: exactly five parts (istio, ztunnel: src/identity/manager.rs, `impl FromStr for Identity`). */
export function parseSpiffe(name: string): SpiffeParts | undefined {
  if (!name.startsWith(SPIFFE)) return undefined;
  const [trustDomain, ns, namespace, sa, serviceAccount, ...more] = name.slice(SPIFFE.length).split('/');
  if (ns !== 'ns' || sa !== 'sa' || trustDomain === undefined || namespace === undefined || serviceAccount === undefined) return undefined;
  return more.length === 0 ? { trustDomain, namespace, serviceAccount } : undefined;
}

/** Without the scheme too, as policies write it. Undefined for what is no identity of an Istio mesh, such as Linkerd's. */
export function completeSpiffe(name: string): string | undefined {
  if (name.startsWith(SPIFFE)) return name;
  return parseSpiffe(`${SPIFFE}${name}`) === undefined ? undefined : `${SPIFFE}${name}`;
}

export function trustDomainOf(name: string): string {
  const rest = name.slice(SPIFFE.length);
  const slash = rest.indexOf('/');
  return slash === -1 ? rest : rest.slice(0, slash);
}

/** A test on a SPIFFE id. */
export type IdentityTest = (name: string) => boolean;

// What follows is what the expressions of istio, pilot/pkg/security/authz/model/generator.go match as a whole. Their dot takes no line break.

/** `srcPrincipalGenerator`: `*` any, else the value after `spiffe://`. */
export function principalTest(value: string): IdentityTest {
  const pattern = readPattern(value);
  switch (pattern.tag) {
    case 'present':
      return (name) => matchesPattern(pattern, name);
    case 'suffix':
      return (name) => isOneLine(name) && name.startsWith(SPIFFE) && name.slice(SPIFFE.length).endsWith(pattern.text);
    case 'prefix':
      return (name) => name.startsWith(SPIFFE + pattern.text);
    case 'exact':
      return (name) => name === SPIFFE + pattern.text;
  }
}

/** `srcNamespaceGenerator`: an expression of any text, `/ns/<value>/`, any text, where each star of the value is any text. */
export function namespaceTest(value: string): IdentityTest {
  const pieces = `/ns/${value}/`.split('*');
  return (name) => {
    let at = 0;
    for (const piece of pieces) {
      const found = name.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return isOneLine(name);
  };
}

/** `serviceAccountRegex`: `spiffe://.+/ns/<namespace>/(.+/|)sa/<account>(/.+)?`; a value without a namespace means the policy's. */
export function serviceAccountTest(value: string, policyNamespace: string): IdentityTest {
  const slash = value.indexOf('/');
  const before = `/ns/${slash === -1 ? policyNamespace : value.slice(0, slash)}/`;
  const account = `sa/${value.slice(slash + 1)}`;
  return (name) => {
    if (!name.startsWith(SPIFFE) || !isOneLine(name)) return false;
    for (let at = name.indexOf(before, SPIFFE.length + 1); at !== -1; at = name.indexOf(before, at + 1)) {
      if (endsInAccount(name.slice(at + before.length), account)) return true;
    }
    return false;
  };
}

function endsInAccount(rest: string, account: string): boolean {
  for (let at = rest.indexOf(account); at !== -1; at = rest.indexOf(account, at + 1)) {
    const after = rest.slice(at + account.length);
    const begins = at === 0 || (at > 1 && rest[at - 1] === '/');
    if (begins && (after === '' || (after.startsWith('/') && after.length > 1))) return true;
  }
  return false;
}

/** `srcTrustDomainGenerator`: exact, `*` any, and one star within, which takes no slash. */
export function trustDomainTest(value: string): IdentityTest {
  if (value === '*') return (name) => name.startsWith(SPIFFE);
  const star = value.indexOf('*');
  if (star === -1) return (name) => name.startsWith(`${SPIFFE}${value}/`);
  const before = SPIFFE + value.slice(0, star);
  const after = `${value.slice(star + 1)}/`;
  return (name) => {
    if (!name.startsWith(before) || !isOneLine(name.slice(before.length))) return false;
    for (let at = before.length; at < name.length; at++) {
      if (name.startsWith(after, at)) return true;
      if (name[at] === '/') return false;
    }
    return false;
  };
}

function isOneLine(text: string): boolean {
  return !text.includes('\n');
}
