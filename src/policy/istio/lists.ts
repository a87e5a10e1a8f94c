import { isObject } from '../../lib/json.ts';
import type { Field } from '../objects/field.ts';

/**
 * The texts of a list. What is no text is left out, and what is no list is none: the API server takes neither (istio, api: security/v1/authorization_policy.proto),
 * so only a manifest that was never applied can hold it.
 */
export function textsOf(field: Field): readonly string[] {
  return field.items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}

/** What Go's `strconv.ParseBool` takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** A truth value as Istio reads it of an annotation; what is none is false. */
export function parseBool(text: string | undefined): boolean {
  return text !== undefined && TRUE.has(text);
}

/** Whether a part of a policy has the form that the API server takes: lists of objects with lists of texts. */
export function isWellFormed(rule: Field): boolean {
  return (
    isObject(rule.value) &&
    listOf(rule.at('from'), (from) => isObject(from.value) && mapOfTexts(from.at('source'))) &&
    listOf(rule.at('to'), (to) => isObject(to.value) && mapOfTexts(to.at('operation'))) &&
    listOf(
      rule.at('when'),
      (when) =>
        isObject(when.value) &&
        typeof when.at('key').value === 'string' &&
        listOf(when.at('values'), isText) &&
        listOf(when.at('notValues'), isText),
    )
  );
}

function listOf(field: Field, test: (item: Field) => boolean): boolean {
  return !field.exists || (Array.isArray(field.value) && field.items.every(test));
}

function mapOfTexts(field: Field): boolean {
  return !field.exists || (field.isObject && field.entries.every(([, list]) => listOf(list, isText)));
}

function isText({ value }: Field): boolean {
  return typeof value === 'string';
}
