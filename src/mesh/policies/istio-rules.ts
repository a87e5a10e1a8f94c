import { counted, listed } from '../../lib/wording.ts';
import type { Field } from '../../policy/objects/field.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { Problems } from '../wording.ts';
import { authorityWord, identityWord, methodWord, namespaceWord, nameWord, networkWord } from '../words.ts';

/** The rules of an AuthorizationPolicy in words, and what they ask of HTTP. */
export interface RuleWords {
  readonly words: readonly string[];
  /** How many rules have a field that only HTTP has, or an HTTP condition. */
  readonly http: number;
}

/** `cluster.local/ns/shop/sa/web`, or the same with wildcards. */
const PRINCIPAL = /^[^/]*\/ns\/([^/]+)\/sa\/([^/]+)$/;

// Fields and conditions that ztunnel does not know (istio, pilot/pkg/serviceregistry/ambient/authorization.go: `httpOperations`, `httpSources`,
// `l4WhenAttributes`).
const HTTP_OPERATIONS = ['hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'];
const HTTP_SOURCES = ['remoteIpBlocks', 'notRemoteIpBlocks', 'requestPrincipals', 'notRequestPrincipals'];
const PLAIN_CONDITIONS: readonly unknown[] = ['source.ip', 'source.namespace', 'source.principal', 'destination.ip', 'destination.port'];

/** Reads `rules`: all that they name, in groups, not which belongs to which. */
export function readRules(view: NamespaceView, rules: Field, problems: Problems): RuleWords {
  const items = rules.items;
  if (items.some((rule) => rule.isObject && ['from', 'to', 'when'].every((key) => rule.at(key).size === 0)))
    return { words: ['everything'], http: 0 };
  const sources = items.flatMap((rule) => rule.at('from').items.map((from) => from.at('source')));
  const operations = items.flatMap((rule) => rule.at('to').items.map((to) => to.at('operation')));
  const texts = (fields: readonly Field[], key: string) => fields.flatMap((field) => field.at(key).items);
  const from = [
    ...texts(sources, 'principals').flatMap((field) => readPrincipal(view, field, problems)),
    ...texts(sources, 'serviceAccounts').flatMap((field) => readServiceAccount(view, field, problems)),
    ...texts(sources, 'namespaces').flatMap(({ value }) => spell(value, namespaceWord, (name) => `${name}/*`)),
    ...[...texts(sources, 'ipBlocks'), ...texts(sources, 'remoteIpBlocks')].flatMap(({ value }) => spell(value, networkWord)),
  ];
  const negative = countOf(sources, [
    'notPrincipals',
    'notNamespaces',
    'notIpBlocks',
    'notRemoteIpBlocks',
    'notRequestPrincipals',
    'notServiceAccounts',
  ]);
  const exceptions = countOf(operations, ['notHosts', 'notMethods', 'notPaths', 'notPorts']);
  const paths = texts(operations, 'paths').length;
  const conditions = items.reduce((sum, rule) => sum + rule.at('when').size, 0);
  const words = [
    items.length > 1 ? counted(items.length, 'rule') : '',
    labelled('from', from),
    sources.some((source) => source.at('requestPrincipals').size > 0) ? 'with a JWT' : '',
    negative === 0 ? '' : `not from ${negative} named`,
    labelled(
      'methods',
      texts(operations, 'methods').flatMap(({ value }) => spell(value, methodWord)),
    ),
    labelled(
      'ports',
      texts(operations, 'ports').flatMap(({ value }) => spell(value, portText)),
    ),
    labelled(
      'hosts',
      texts(operations, 'hosts').flatMap(({ value }) => spell(value, authorityWord)),
    ),
    paths === 0 ? '' : counted(paths, 'path'),
    exceptions === 0 ? '' : counted(exceptions, 'exception'),
    conditions === 0 ? '' : counted(conditions, 'condition'),
  ];
  return { words: words.filter((word) => word !== ''), http: items.filter(asksHttp).length };
}

function spell(
  value: unknown,
  word: (value: unknown) => string | undefined,
  say: (word: string) => string = (each) => each,
): readonly string[] {
  const known = word(value);
  // What is not in the alphabet is told by its place alone.
  return [known === undefined ? 'others' : say(known)];
}

function portText(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,5}$/.test(value) ? value : undefined;
}

function labelled(label: string, words: readonly string[]): string {
  return words.length === 0 ? '' : `${label} ${listed(words)}`;
}

function countOf(fields: readonly Field[], keys: readonly string[]): number {
  return fields.reduce((sum, field) => sum + keys.reduce((inner, key) => inner + field.at(key).size, 0), 0);
}

function asksHttp(rule: Field): boolean {
  return (
    rule.at('to').items.some((to) => HTTP_OPERATIONS.some((key) => to.at('operation', key).size > 0)) ||
    rule.at('from').items.some((from) => HTTP_SOURCES.some((key) => from.at('source', key).size > 0)) ||
    rule.at('when').items.some((when) => !PLAIN_CONDITIONS.includes(when.at('key').value))
  );
}

function readPrincipal(view: NamespaceView, field: Field, problems: Problems): readonly string[] {
  const principal = identityWord(field.value);
  if (principal === undefined) return ['others'];
  if (principal.startsWith('spiffe://')) problems.add(`${field.path} never matches: a principal has no spiffe:// before it.`);
  const [, namespace, account] = PRINCIPAL.exec(principal) ?? [];
  if (namespace === undefined || account === undefined) return [principal === '*' ? 'any meshed client' : principal];
  checkAccount(view, namespace, account, field, problems);
  return [`${namespace}/${account}`];
}

/** `web` is of the policy's namespace, `shop/web` of another (istio, security/v1: `Source.service_accounts`). */
function readServiceAccount(view: NamespaceView, field: Field, problems: Problems): readonly string[] {
  const word = identityWord(field.value);
  if (word === undefined) return ['others'];
  const [first = '', second] = word.split('/');
  const [namespace, account] = second === undefined ? [view.namespace, first] : [first, second];
  checkAccount(view, namespace, account, field, problems);
  return [`${namespace}/${account}`];
}

function checkAccount(view: NamespaceView, namespace: string, account: string, field: Field, problems: Problems): void {
  if (namespace !== view.namespace || nameWord(account) === undefined || !view.lacksServiceAccount(account)) return;
  problems.add(`No workload of this namespace runs as ServiceAccount ${account}, which ${field.path} names.`);
}
