import type { JsonObject } from '../../lib/json.ts';
import { asObject, asText, at, objectAt, own, textsAt } from './json.ts';
import { RESOURCES, type Resource } from './resources.ts';
import { type Cause, invalid, invalidValue, required } from './status.ts';

interface NameRule {
  readonly pattern: RegExp;
  readonly longest: number;
  readonly words: string;
}

/** apimachinery, pkg/util/validation/validation.go: `IsDNS1123Subdomain`, `IsDNS1123Label`, `IsDNS1035Label`. */
const SUBDOMAIN: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  longest: 253,
  words:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};
const LABEL: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  words:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};
const SERVICE_LABEL: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  longest: 63,
  words:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};

const LABEL_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const LABEL_NAME_WORDS =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_WORDS =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Throws 422 with what is wrong with an object; of its specification only what is missing at its top. */
export function validate(resource: Resource, object: JsonObject): void {
  const name = asText(at(object, 'metadata', 'name')) ?? '';
  const [first, ...more] = [...nameCauses(resource, name), ...labelCauses(object), ...specCauses(resource, object)];
  if (first !== undefined) throw invalid(resource, name, [first, ...more]);
}

function nameCauses(resource: Resource, name: string): readonly Cause[] {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  const { pattern, longest, words } = ruleFor(resource);
  if (name.length > longest)
    return [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${JSON.stringify(name)}: must be no more than ${longest} bytes`,
        field: 'metadata.name',
      },
    ];
  return pattern.test(name) ? [] : [invalidValue('metadata.name', JSON.stringify(name), words)];
}

function ruleFor(resource: Resource): NameRule {
  if (resource.kind === RESOURCES.namespaces.kind) return LABEL;
  return resource.kind === RESOURCES.services.kind ? SERVICE_LABEL : SUBDOMAIN;
}

function labelCauses(object: JsonObject): readonly Cause[] {
  const causes: Cause[] = [];
  for (const [label, value] of Object.entries(textsAt(object, 'metadata', 'labels'))) {
    if (!LABEL_NAME.test(label)) causes.push(invalidValue('metadata.labels', JSON.stringify(label), LABEL_NAME_WORDS));
    if (!LABEL_VALUE.test(value)) causes.push(invalidValue('metadata.labels', JSON.stringify(value), LABEL_VALUE_WORDS));
  }
  return causes;
}

function specCauses(resource: Resource, object: JsonObject): readonly Cause[] {
  const spec = own(object, 'spec');
  if (spec === undefined) return resource.required.length === 0 ? [] : [required('spec')];
  if (asObject(spec) === undefined) {
    return [{ reason: 'FieldValueTypeInvalid', message: 'Invalid value: spec in body must be of type object', field: 'spec' }];
  }
  return resource.required
    .filter((member) => own(objectAt(object, 'spec'), member) === undefined)
    .map((member) => required(`spec.${member}`));
}

/** The members of an object that its kind does not have: at its top, and at the top of its specification. */
export function unknownFields(resource: Resource, object: JsonObject): readonly string[] {
  const members = ['apiVersion', 'kind', 'metadata', 'spec', 'status', ...(resource.custom ? [] : BUILT_IN_MEMBERS)];
  const { spec } = resource;
  return [
    ...Object.keys(object).filter((member) => !members.includes(member)),
    ...(spec === undefined
      ? []
      : Object.keys(objectAt(object, 'spec'))
          .filter((member) => !spec.includes(member))
          .map((member) => `spec.${member}`)),
  ];
}

/** A ServiceAccount has no specification. */
const BUILT_IN_MEMBERS = ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'];

/** The object without them. */
export function withoutUnknownFields(resource: Resource, object: JsonObject): JsonObject {
  const unknown = new Set(unknownFields(resource, object));
  const known = Object.entries(object).filter(([member]) => !unknown.has(member));
  const spec = asObject(own(object, 'spec'));
  const kept = Object.fromEntries(known);
  if (spec === undefined) return kept;
  return { ...kept, spec: Object.fromEntries(Object.entries(spec).filter(([member]) => !unknown.has(`spec.${member}`))) };
}
