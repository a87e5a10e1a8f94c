import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';

/** What can be matched for what is patched; whatever is not here takes any match. */
const MATCHES: Readonly<Record<string, string>> = {
  LISTENER: 'listener',
  FILTER_CHAIN: 'listener',
  NETWORK_FILTER: 'listener',
  HTTP_FILTER: 'listener',
  ROUTE_CONFIGURATION: 'routeConfiguration',
  VIRTUAL_HOST: 'routeConfiguration',
  HTTP_ROUTE: 'routeConfiguration',
  CLUSTER: 'cluster',
};
const OBJECTS = ['listener', 'routeConfiguration', 'cluster'];

/** Filters are told by the type of their configuration; Envoy no longer looks them up by name. */
const TYPED = new Set(['HTTP_FILTER', 'NETWORK_FILTER']);
const ADDING = new Set(['ADD', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE']);

const OLD_NAMES: Readonly<Record<string, string>> = {
  'envoy.http_connection_manager': 'envoy.filters.network.http_connection_manager',
  'envoy.tcp_proxy': 'envoy.filters.network.tcp_proxy',
  'envoy.router': 'envoy.filters.http.router',
  'envoy.lua': 'envoy.filters.http.lua',
  'envoy.ext_authz': 'envoy.filters.http.ext_authz',
  'envoy.rate_limit': 'envoy.filters.http.ratelimit',
};

/** Every patch of an EnvoyFilter is whole (istio, pkg/config/validation/envoyfilter). */
export const envoyFilterPatch: Check = {
  name: 'envoy-filter-patch',
  codes: ['MESH0601'],
  run(view, report) {
    for (const object of view.networking('EnvoyFilter')) {
      const patches = object.spec.at('configPatches');
      if (patches.size === 0) {
        report({ object, field: patches, message: 'The EnvoyFilter patches nothing.', fix: 'Add configPatches.', severity: 'warning' });
      }
      for (const patch of patches.items) checkPatch(object, patch, report);
    }
  },
};

function checkPatch(object: KubeObject, entry: Field, report: Report): void {
  const applyTo = entry.at('applyTo').text;
  const patch = entry.at('patch');
  const operation = patch.at('operation').text;
  const value = patch.at('value');
  if (applyTo === undefined)
    report({ object, field: entry, message: 'applyTo is missing.', fix: 'Say what is patched, such as HTTP_FILTER.' });
  if (!patch.exists) report({ object, field: entry, message: 'patch is missing.', fix: 'Add patch.operation and patch.value.' });
  else if (operation === undefined)
    report({ object, field: patch, message: 'operation is missing.', fix: 'Add it, such as INSERT_BEFORE.' });
  else if (operation !== 'REMOVE' && !value.exists)
    report({ object, field: patch, message: `${operation} needs a value.`, fix: 'Add patch.value.' });
  if (applyTo === undefined) return;
  checkMatch(object, entry.at('match'), applyTo, report);
  if (!TYPED.has(applyTo) || operation === undefined || !ADDING.has(operation) || !value.isObject) return;
  if (value.at('name').text === undefined) report({ object, field: value, message: 'The filter has no name.', fix: 'Add name.' });
  checkTypedConfig(object, value, report);
}

function checkTypedConfig(object: KubeObject, value: Field, report: Report): void {
  const typed = value.at('typed_config').exists ? value.at('typed_config') : value.at('typedConfig');
  if (!typed.exists) {
    if (value.at('config_discovery').exists || value.at('configDiscovery').exists) return;
    const message = 'The filter has no typed_config, and Envoy finds filters by its type.';
    report({ object, field: value, message, fix: 'Add typed_config with "@type".' });
    return;
  }
  const type = typed.at('@type');
  if (type.text === undefined)
    report({ object, field: typed, message: 'typed_config has no "@type".', fix: 'Add it; see Envoy’s page of the filter.' });
  else if (type.text.includes('.v2.') || type.text.includes('.v2alpha.')) {
    report({ object, field: type, message: 'Envoy has removed its v2 types.', fix: 'Use the v3 type.' });
  } else if (!type.text.startsWith('type.googleapis.com/')) {
    report({ object, field: type, message: `${quote(type.text)} is no URL of a type.`, fix: 'Write type.googleapis.com/… in front.' });
  }
}

function checkMatch(object: KubeObject, match: Field, applyTo: string, report: Report): void {
  const wanted = Object.hasOwn(MATCHES, applyTo) ? MATCHES[applyTo] : undefined;
  for (const kind of OBJECTS) {
    if (wanted === undefined || kind === wanted || !match.at(kind).exists) continue;
    const message = `${applyTo} cannot be found by a ${kind}.`;
    report({ object, field: match.at(kind), message, fix: `Match ${wanted}.` });
  }
  const filter = match.at('listener', 'filterChain', 'filter');
  if (!filter.exists) return;
  if (filter.at('name').text === undefined) report({ object, field: filter, message: 'The filter match has no name.', fix: 'Add name.' });
  const sub = filter.at('subFilter');
  if (sub.exists && applyTo !== 'HTTP_FILTER') {
    report({ object, field: sub, message: 'subFilter is for HTTP_FILTER only.', fix: 'Remove it, or patch an HTTP_FILTER.' });
  }
  for (const name of [filter.at('name'), sub.at('name')]) {
    const current = Object.hasOwn(OLD_NAMES, name.text ?? '') ? OLD_NAMES[name.text ?? ''] : undefined;
    if (current === undefined) continue;
    report({ object, field: name, message: 'Envoy no longer knows a filter of this name.', fix: `Write ${current}.`, severity: 'warning' });
  }
}
