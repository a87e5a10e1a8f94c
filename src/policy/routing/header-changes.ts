import type { Field } from '../objects/field.ts';
import type { HeaderChanges, HeaderOperations } from './answer.ts';
import { plainTexts } from './plain.ts';

/** Names that Envoy does not let a rule change, except that the authority is set by them (istio: `isInternalHeader`, `isAuthorityHeader`). */
function isInternal(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host';
}

function isAuthority(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === ':authority' || lower === 'host';
}

/** Reads `headers` of a rule or of one of its destinations; undefined where they change nothing. */
export function readHeaderChanges(field: Field): HeaderChanges | undefined {
  const request = readOperations(field.at('request'));
  const response = readOperations(field.at('response'));
  return isEmpty(request) && isEmpty(response) ? undefined : { request, response };
}

/** The authority that `headers` set for the request; `set` before `add` (istio, pilot/pkg/networking/core/route: `TranslateHeadersOperations`). */
export function authorityOf(field: Field): string | undefined {
  for (const kind of ['set', 'add']) {
    const last = [...field.at('request', kind).labels].findLast(([name]) => isAuthority(name));
    if (last !== undefined && last[1] !== '') return last[1];
  }
  return undefined;
}

function readOperations(field: Field): HeaderOperations {
  const texts = (kind: string) => plainTexts(new Map([...field.at(kind).labels].filter(([name]) => !isInternal(name))));
  return { set: texts('set'), add: texts('add'), remove: field.at('remove').texts.filter((name) => !isInternal(name)) };
}

function isEmpty({ set, add, remove }: HeaderOperations): boolean {
  return remove.length === 0 && Object.keys(set).length === 0 && Object.keys(add).length === 0;
}
