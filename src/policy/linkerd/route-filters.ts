import type { Field } from '../objects/field.ts';
import { type Redirect, readRedirect } from './redirect.ts';
import { textIn } from './references.ts';
import { isHeaderName, isHeaderValue } from './request-match.ts';

/** Whose routes they are; each takes other filters. */
export type FilterDialect = 'gateway-http' | 'linkerd-http' | 'grpc';

/**
 * The redirects among a rule's filters; undefined where Linkerd cannot read one, so that it ignores the whole route: mirrors, rewrites, extensions and filters
 * that say nothing (linkerd2, policy-controller/k8s/index/src/inbound/index/http.rs: `try_gateway_filter`, `try_policy_filter`; grpc.rs: `try_grpc_filter`).
 * Filters that only change headers decide nothing.
 */
export function readFilters(list: Field, dialect: FilterDialect): readonly Redirect[] | undefined {
  if (!list.exists) return [];
  if (!Array.isArray(list.value)) return undefined;
  const redirects: Redirect[] = [];
  for (const filter of list.items) {
    const field = filterField(filter, dialect);
    if (field === undefined) return undefined;
    const [name, value] = field;
    if (name === 'requestRedirect') {
      const redirect = readRedirect(value);
      if (redirect === undefined) return undefined;
      redirects.push(redirect);
    } else if (!isHeaderModifier(value)) {
      return undefined;
    }
  }
  return redirects;
}

const MODIFIERS = ['requestHeaderModifier', 'responseHeaderModifier'] as const;
const REDIRECT = 'requestRedirect';

/** The part of a filter that Linkerd goes by: of its own routes that which `type` names, of the others the first that is there. */
function filterField(filter: Field, dialect: FilterDialect): readonly [string, Field] | undefined {
  const known: readonly string[] = dialect === 'grpc' ? MODIFIERS : [...MODIFIERS, REDIRECT];
  const name =
    dialect === 'linkerd-http'
      ? known.find((each) => filter.at('type').value === each.charAt(0).toUpperCase() + each.slice(1))
      : known.find((each) => filter.at(each).exists);
  return name === undefined || !filter.at(name).exists ? undefined : [name, filter.at(name)];
}

function isHeaderModifier(modifier: Field): boolean {
  const { isObject } = modifier;
  const changes = [modifier.at('set'), modifier.at('add')];
  const removals = modifier.at('remove');
  return (
    isObject &&
    [...changes, removals].every((list) => !list.exists || Array.isArray(list.value)) &&
    changes.every((list) => list.items.every((item) => isHeaderName(textIn(item.at('name'))) && isHeaderValue(textIn(item.at('value'))))) &&
    removals.items.every((item) => isHeaderName(textIn(item)))
  );
}
