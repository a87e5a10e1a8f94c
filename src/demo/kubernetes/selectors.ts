import { asText, at, textsAt } from './json.ts';
import { RESOURCES, type Resource } from './resources.ts';
import { badRequest } from './status.ts';
import type { DemoObject } from './stored.ts';

/** Whether an object is meant. */
export type Test = (object: DemoObject) => boolean;

/**
 * `app=web,tier!=db,env in (a,b),env notin (c),canary,!legacy,level>3` (apimachinery, pkg/labels/selector.go). Throws 400 for what it cannot read.
 */
export function labelTest(text: string): Test {
  const tests = requirements(text).map(labelRequirement);
  return ({ object }) => {
    const labels = textsAt(object, 'metadata', 'labels');
    return tests.every((test) => test(labels));
  };
}

/** The text at its commas, except for those between parentheses. */
function requirements(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

type Labels = Readonly<Record<string, string>>;

const NAME = '([A-Za-z0-9][-A-Za-z0-9_./]*)';
const VALUE = '([-A-Za-z0-9_.]*)';
const EXISTS = new RegExp(`^(!?)\\s*${NAME}$`);
const EQUALS = new RegExp(`^${NAME}\\s*(==|=|!=)\\s*${VALUE}$`);
const COMPARES = new RegExp(`^${NAME}\\s*([<>])\\s*(-?[0-9]+)$`);
const IN = new RegExp(`^${NAME}\\s+(in|notin)\\s+\\(([-A-Za-z0-9_., ]*)\\)$`);

function labelRequirement(text: string): (labels: Labels) => boolean {
  const value = (labels: Labels, name: string) => (Object.hasOwn(labels, name) ? labels[name] : undefined);
  const exists = EXISTS.exec(text);
  if (exists !== null) {
    const [, not, name = ''] = exists;
    return (labels) => (value(labels, name) !== undefined) === (not === '');
  }
  const equals = EQUALS.exec(text);
  if (equals !== null) {
    const [, name = '', operator, wanted] = equals;
    return (labels) => (value(labels, name) === wanted) === (operator !== '!=');
  }
  const compares = COMPARES.exec(text);
  if (compares !== null) {
    const [, name = '', operator, bound] = compares;
    return (labels) => {
      const given = Number(value(labels, name) ?? Number.NaN);
      return operator === '>' ? given > Number(bound) : given < Number(bound);
    };
  }
  const within = IN.exec(text);
  if (within === null) throw badRequest(`unable to parse requirement: found '${text}'`);
  const [, name = '', operator, list = ''] = within;
  const values = new Set(list.split(',').map((part) => part.trim()));
  return (labels) => {
    const given = value(labels, name);
    return (given !== undefined && values.has(given)) === (operator === 'in');
  };
}

/** `metadata.name=web,status.phase!=Failed`: the fields that the API server knows for a resource. Throws 400 for any other. */
export function fieldTest(text: string, resource: Resource): Test {
  const tests = text
    .split(',')
    .filter((term) => term !== '')
    .map((term): Test => {
      const match = /^([^=!]*)(==|=|!=)(.*)$/.exec(term);
      if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', operator, value] = match;
      if (!(FIELDS.get(field)?.includes(resource) ?? COMMON.includes(field))) throw badRequest(`field label not supported: ${field}`);
      const path = field.split('.');
      return ({ object }) => ((asText(at(object, ...path)) ?? '') === value) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
}

/** The two that every resource has. */
const COMMON: readonly string[] = ['metadata.name', 'metadata.namespace'];

/** The resources that have one more (kubernetes, pkg/apis/core/v1/conversion.go: `AddFieldLabelConversionsFor…`). */
const FIELDS: ReadonlyMap<string, readonly Resource[]> = new Map<string, readonly Resource[]>([
  ['status.phase', [RESOURCES.pods, RESOURCES.namespaces]],
  ['spec.nodeName', [RESOURCES.pods]],
  ['spec.serviceAccountName', [RESOURCES.pods]],
  ['spec.type', [RESOURCES.services]],
  ['spec.clusterIP', [RESOURCES.services]],
]);
