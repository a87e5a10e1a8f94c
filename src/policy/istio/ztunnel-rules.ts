import { contains, parseNetwork } from '../../lib/ip.ts';
import { truthOf, unknown, YES } from '../access/truth.ts';
import { CLIENT_ADDRESS, CLIENT_IDENTITY } from '../access/unknowns.ts';
import type { Field } from '../objects/field.ts';
import { readPort } from './attributes.ts';
import type { Alternative, Clause, Condition, ValueTest } from './condition.ts';
import { type Loss, negationOf, type OnLoss, type ReadRule } from './envoy-rules.ts';
import { ask, type Facts, type Identity, sayAddress, sayIdentity } from './facts.ts';
import { textsOf } from './lists.ts';
import { parseSpiffe, SPIFFE, type SpiffeParts } from './spiffe.ts';
import { matchesPattern, readPattern } from './text-pattern.ts';

/** What ztunnel can ask of a connection. */
interface Layer4 {
  readonly test: (value: string, policyNamespace: string) => ValueTest | undefined;
  readonly says: (facts: Facts) => string;
}

const IDENTITY = (facts: Facts) => sayIdentity(facts.identity);

/** On the identity without `spiffe://`; without an identity nothing matches. */
const PRINCIPAL: Layer4 = { test: (value) => textTest(value, (client) => client?.name.slice(SPIFFE.length)), says: IDENTITY };
/** Without an identity it is empty. */
const NAMESPACE: Layer4 = { test: (value) => textTest(value, (client) => client?.namespace ?? ''), says: IDENTITY };
const SERVICE_ACCOUNT: Layer4 = {
  test(value, policyNamespace) {
    const slash = value.indexOf('/');
    const namespace = slash === -1 ? policyNamespace : value.slice(0, slash);
    const account = value.slice(slash + 1);
    return ({ identity }) => {
      if (identity.tag === 'some') return unknown(CLIENT_IDENTITY);
      const client = readClient(identity);
      return truthOf(client !== undefined && client.namespace === namespace && client.serviceAccount === account);
    };
  },
  says: IDENTITY,
};
const SOURCE_IP: Layer4 = {
  test(value) {
    const network = parseNetwork(value);
    return network && (({ source }) => ask(source, ({ address }) => address !== undefined && contains(network, address)));
  },
  says: ({ source }) => sayAddress(CLIENT_ADDRESS, source),
};
const DESTINATION_IP: Layer4 = {
  test: (value) => (parseNetwork(value) === undefined ? undefined : () => unknown('the address of the pod that is called')),
  says: () => 'the address of the pod that is called is not known',
};
const PORT: Layer4 = {
  test(value) {
    const number = readPort(value);
    return number === undefined ? undefined : ({ port }) => ask(port, (called) => called === number);
  },
  says: ({ port }) => (port.tag === 'known' ? `the port is ${port.value}` : 'the port is not known'),
};

interface Client extends SpiffeParts {
  readonly name: string;
}

/** ztunnel's `StringMatch`. */
function textTest(value: string, read: (client: Client | undefined) => string | undefined): ValueTest {
  const pattern = readPattern(value);
  return ({ identity }) => {
    if (identity.tag === 'some') return pattern.tag === 'present' ? YES : unknown(CLIENT_IDENTITY);
    const text = read(readClient(identity));
    return truthOf(text !== undefined && (pattern.tag === 'present' ? text !== '' : matchesPattern(pattern, text)));
  };
}

function readClient(identity: Identity): Client | undefined {
  if (identity.tag !== 'named') return undefined;
  const parts = parseSpiffe(identity.name);
  return parts && { ...parts, name: identity.name };
}

const SOURCES: ReadonlyMap<string, Layer4> = new Map([
  ['ipBlocks', SOURCE_IP],
  ['namespaces', NAMESPACE],
  ['serviceAccounts', SERVICE_ACCOUNT],
  ['principals', PRINCIPAL],
]);
const OPERATIONS: ReadonlyMap<string, Layer4> = new Map([['ports', PORT]]);
const CONDITIONS: ReadonlyMap<string, Layer4> = new Map([
  ['source.namespace', NAMESPACE],
  ['source.principal', PRINCIPAL],
  ['source.ip', SOURCE_IP],
  ['destination.port', PORT],
  ['destination.ip', DESTINATION_IP],
]);

// Of these alone istiod says that ztunnel does without. It does without `trustDomains` too, and says nothing.
const HTTP_SOURCES = ['remoteIpBlocks', 'requestPrincipals'];
const HTTP_OPERATIONS = ['hosts', 'methods', 'paths'];

/**
 * A rule as istiod makes it for ztunnel (istio, pilot/pkg/serviceregistry/ambient/authorization.go: `handleRule`) and as ztunnel reads it (ztunnel, src/rbac.rs:
 * `Authorization::matches`): what HTTP alone has is left out, an ALLOW rule with such a part never matches, and what nothing is left of matches nothing. Trust
 * domains have no aliases here, and values that cannot be read are left out.
 */
export function readZtunnelRule(rule: Field, policyNamespace: string, onLoss: OnLoss): ReadRule {
  const losses: Loss[] = [];
  const clauses: Clause[] = [];
  const readItems = (list: string, item: string, table: ReadonlyMap<string, Layer4>, http: readonly string[]) => {
    const items = rule.at(list).items.map((each) => each.at(item));
    for (const each of items) {
      for (const field of http.flatMap((name) => [each.at(name), each.at(negationOf(name))])) {
        if (textsOf(field).length > 0) losses.push({ path: field.path, says: 'ztunnel knows nothing of HTTP' });
      }
    }
    if (items.length > 0) clauses.push(nonEmpty(items.map((each) => readItem(each, table, policyNamespace))));
  };
  readItems('to', 'operation', OPERATIONS, HTTP_OPERATIONS);
  readItems('from', 'source', SOURCES, HTTP_SOURCES);
  for (const when of rule.at('when').items) {
    const layer4 = CONDITIONS.get(when.at('key').text ?? '');
    if (layer4 === undefined) losses.push({ path: when.path, says: 'ztunnel knows no such attribute' });
    clauses.push(nonEmpty([layer4 === undefined ? [] : readLists(layer4, when.at('values'), when.at('notValues'), policyNamespace)]));
  }
  const [loss] = losses;
  if (loss !== undefined && onLoss === 'drop the rule') return { tag: 'dropped', loss };
  return { tag: 'rule', rule: { path: rule.path, clauses }, lost: losses };
}

/** ztunnel skips an empty match, so that it is no alternative. */
function nonEmpty(alternatives: readonly Alternative[]): Clause {
  return alternatives.filter(({ length }) => length > 0);
}

function readItem(item: Field, table: ReadonlyMap<string, Layer4>, policyNamespace: string): Alternative {
  return [...table].flatMap(([name, layer4]) => readLists(layer4, item.at(name), item.at(negationOf(name)), policyNamespace));
}

function readLists(layer4: Layer4, values: Field, notValues: Field, policyNamespace: string): readonly Condition[] {
  return [
    { field: values, negated: false },
    { field: notValues, negated: true },
  ].flatMap(({ field, negated }) => {
    const tests = textsOf(field).flatMap((value) => layer4.test(value, policyNamespace) ?? []);
    return tests.length === 0 ? [] : [{ path: field.path, negated, tests, says: layer4.says }];
  });
}
