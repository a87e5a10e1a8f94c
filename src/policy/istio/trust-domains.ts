import type { IstioSettings } from './world.ts';

/** Istio's word for the mesh's own trust domain, whatever that is called (istio, pkg/config/constants: `DefaultClusterLocalDomain`). */
const OWN = 'cluster.local';

/** The mesh's trust domain, then its aliases (istio, pilot/pkg/security/trustdomain/bundle.go: `NewBundle`). */
export function trustDomainsOf({ trustDomain, trustDomainAliases }: IstioSettings): readonly string[] {
  return [trustDomain, ...trustDomainAliases];
}

/**
 * Principals with what they mean under the mesh's trust domain and its aliases: one of a known trust domain, or of `cluster.local`, means that of all of them
 * (istio, pilot/pkg/security/trustdomain/bundle.go: `ReplaceTrustDomainAliases`). ztunnel does without.
 */
export function replaceAliases(principals: readonly string[], trustDomains: readonly string[]): readonly string[] {
  return principals.flatMap((principal) => {
    const parts = principal.split('/');
    const [named = ''] = parts;
    if (parts.length !== 5 || named === '*') return [principal];
    if (named !== OWN && !trustDomains.some((known) => overlaps(named, known))) return [principal];
    const rest = parts.slice(1).join('/');
    return [...new Set(trustDomains.map((known) => (hasSuffix(known, named) ? principal : `${known}/${rest}`)))];
  });
}

/** Trust domains with their aliases (bundle.go: `ExpandTrustDomainAliases`). */
export function expandAliases(values: readonly string[], trustDomains: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap((value) => (trustDomains.includes(value) ? trustDomains : [value])))];
}

/** Either may be a pattern (istio, pilot/pkg/security/trustdomain/util.go: `stringMatch`). */
function overlaps(named: string, known: string): boolean {
  return (
    named === known ||
    known === '*' ||
    hasPrefix(named, known) ||
    hasPrefix(known, named) ||
    hasSuffix(named, known) ||
    hasSuffix(known, named)
  );
}

function hasPrefix(text: string, pattern: string): boolean {
  return pattern.endsWith('*') && text.startsWith(pattern.slice(0, -1));
}

function hasSuffix(text: string, pattern: string): boolean {
  return pattern.startsWith('*') && text.endsWith(pattern.slice(1));
}
