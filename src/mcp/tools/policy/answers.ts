import { defined } from '../../../graph/defined.ts';
import { objectId, serviceId } from '../../../graph/ids.ts';
import { described, z } from '../../../lib/zod.ts';
import type { AccessAnswer, AccessStep } from '../../../policy/access/model.ts';
import type { ObjectReference } from '../../../policy/objects/reference.ts';
import { optionalText, text, texts } from '../graph/shapes.ts';

/** What becomes of a call, as a member of output schemas. */
export const verdict = z.enum(['allowed', 'denied', 'not-found', 'unknown']);

const step = z.object({
  object: described(optionalText, 'The id of an object: namespace/Kind.group/name.'),
  field: optionalText,
  says: text,
});

/** An exact answer, as members of an output schema. */
export const answerShape = {
  verdict,
  decidedBy: step,
  reasons: described(z.array(step), 'All that was looked at, in order.'),
  dependsOn: described(texts, 'What would decide where the verdict is unknown.'),
  assumed: texts,
  remarks: texts,
  refusal: described(optionalText, 'What the caller gets: an HTTP status, or reset.'),
};

/** `shop/AuthorizationPolicy.policy.linkerd.io/orders`: as the graph names objects. */
function objectText({ apiVersion, kind, namespace, name }: ObjectReference): string {
  const slash = apiVersion.indexOf('/');
  // The version of a kept object is not known, so its group stands alone.
  const group = slash === -1 ? apiVersion : apiVersion.slice(0, slash);
  if (kind === 'Service') return serviceId(namespace, name);
  return group === '' || group === 'v1' ? `${namespace}/${kind}/${name}` : objectId(namespace, { group, kind, name });
}

export function stepText({ object, field, says }: AccessStep): string {
  const where = [object === undefined ? undefined : objectText(object), field].flatMap((part) => part ?? []);
  return where.length === 0 ? says : `${says} (${where.join(' ')})`;
}

function stepData({ object, field, says }: AccessStep) {
  return { ...defined({ object: object && objectText(object), field }), says };
}

/** The answer as data, with the first `items` of its lists. */
export function answerData({ verdict, decidedBy, chain, dependsOn, assumed, remarks, refusal }: AccessAnswer, items: number) {
  return {
    verdict,
    decidedBy: stepData(decidedBy),
    reasons: chain.slice(0, items).map(stepData),
    dependsOn: dependsOn.slice(0, items),
    assumed: assumed.slice(0, items),
    remarks: remarks.slice(0, items),
    ...defined({ refusal: refusal === undefined ? undefined : String(refusal) }),
  };
}

/** The answer without its verdict, for a reader. */
export function answerLines({ decidedBy, chain, dependsOn, assumed, remarks }: AccessAnswer, items: number): readonly string[] {
  const list = (title: string, lines: readonly string[]) => {
    if (lines.length === 0) return [];
    const left = lines.length - items;
    return [`${title}:`, ...lines.slice(0, items).map((line) => `  ${line}`), ...(left > 0 ? [`  and ${left} more`] : [])];
  };
  return [
    `Decided by: ${stepText(decidedBy)}`,
    ...list('Reasons', chain.length > 1 ? chain.map((each, place) => `${place + 1}. ${stepText(each)}`) : []),
    ...list('Depends on', dependsOn),
    ...list('Assumed', assumed),
    ...list('Also', remarks),
  ];
}

/** `denied (403)` */
export function verdictText({ verdict, refusal }: AccessAnswer): string {
  return refusal === undefined ? verdict : `${verdict} (${refusal})`;
}
