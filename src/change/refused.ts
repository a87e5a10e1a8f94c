import { MeshError } from '../lib/errors.ts';
import { KINDS } from '../sources/kubernetes/kinds.ts';
import type { ObjectAnswer } from '../sources/kubernetes/object-api.ts';
import type { Refusal } from '../sources/kubernetes/outcome.ts';
import type { Connection } from '../sources/kubernetes/requests.ts';
import { predicateOf } from '../sources/kubernetes/status.ts';
import type { FieldProblem } from '../sources/kubernetes/status-answer.ts';
import { type Target, targetText } from './manifest.ts';

/** What a caller is advised to wait where the API does not say. */
const RETRY_MS = 5_000;

/** What was being done. */
export interface Doing {
  readonly target: Target;
  readonly verb: 'get' | 'patch' | 'delete';
  readonly connection: Connection;
  /** The request was made as the caller, who then needs the rights. */
  readonly asCaller: boolean;
}

/** Whether an answer leaves open what became of a write: none came, or one of a server that failed on its way. */
export function isOpen(answer: ObjectAnswer): boolean {
  if (answer.tag !== 'refused') return false;
  return ['unreachable', 'timeout', 'not-http', 'failing', 'not-kubernetes', 'too-large', 'redirected'].includes(answer.refusal.tag);
}

/** The error for an answer that is no object: what is wrong, and what to do about it. Nothing in it is a text of the API's that was in no alphabet. */
export function answerError(answer: Exclude<ObjectAnswer, { readonly tag: 'object' | 'deleted' }>, doing: Doing): MeshError {
  const { target } = doing;
  const what = targetText(target);
  switch (answer.tag) {
    case 'absent':
      return new MeshError(
        'invalid',
        `There is no ${what}; list_policies names the policies there are, get_service the routes of a service.`,
      );
    case 'not-served':
      return new MeshError(
        'invalid',
        `The cluster does not serve ${KINDS[target.kind].resource}.${KINDS[target.kind].group} in version ${target.version}: its CustomResourceDefinition is missing, or has other versions.`,
      );
    case 'no-namespace':
      return new MeshError('invalid', `There is no namespace "${target.namespace}" in the cluster.`);
    case 'moved':
      return movedError(target);
    case 'owned': {
      const fields = answer.conflicts.map(({ field, manager }) => `${field} (${manager})`).join(', ');
      const more = answer.omitted === 0 ? '' : ` and ${answer.omitted} more`;
      return new MeshError(
        'conflict',
        `Fields of ${what} belong to other managers: ${fields}${more}. Change them there, or pass force: true to take them over; whoever manages them may set them back.`,
      );
    }
    case 'invalid':
      return new MeshError(
        'invalid',
        `The Kubernetes API does not take ${what}${problemsText(answer.problems, answer.omitted, answer.status)}`,
      );
    case 'refused':
      return refusalError(answer.refusal, doing);
  }
}

export function movedError(target: Target): MeshError {
  return new MeshError('conflict', `${targetText(target)} was changed by somebody else meanwhile. Nothing was done.`);
}

function problemsText(problems: readonly FieldProblem[], omitted: number, status: number): string {
  if (problems.length === 0) return ` (${status}).`;
  const all = problems.map(({ field, says }) => (field === undefined ? `a field ${says}` : `${field} ${says}`)).join('; ');
  return `: ${all}${omitted === 0 ? '' : `; and ${omitted} more`}.`;
}

function refusalError(refusal: Refusal, { target, verb, connection, asCaller }: Doing): MeshError {
  const api = `The Kubernetes API at ${connection.baseUrl}`;
  const cause = new Error('detail' in refusal ? `${refusal.tag}, ${refusal.detail}` : refusal.tag);
  switch (refusal.tag) {
    case 'forbidden': {
      const { group, resource } = KINDS[target.kind];
      const verbs = verb === 'patch' ? '"get", "create", "patch"' : `"get", "${verb}"`;
      const who = asCaller ? 'you are impersonated, and you lack' : "this server's ServiceAccount lacks";
      return new MeshError(
        'denied',
        `${api} forbids it (403): ${who} the right to ${verb} ${resource}.${group} in namespace ${target.namespace}. A Role there needs {apiGroups: ["${group}"], resources: ["${resource}"], verbs: [${verbs}]}. The chart makes it with rbac.write.enabled.`,
        { cause },
      );
    }
    case 'unauthorized':
      return new MeshError('denied', `${api} does not accept the token (401). Set KUBERNETES_TOKEN to a valid one.`, { cause });
    case 'host-forbids':
      return new MeshError(
        'denied',
        `The host that runs this server does not let it call ${connection.baseUrl}. Add it to the workload's allowedHosts.`,
        { cause },
      );
    case 'refused':
      if (refusal.status === 405)
        return new MeshError(
          'denied',
          `${api} takes no writes (405): a proxy before it lets reads pass alone. The local host wants --writes.`,
          {
            cause,
          },
        );
      return new MeshError('unavailable', `${api} ${predicateOf(refusal)}.`, { cause });
    case 'throttled':
    case 'failing':
      return new MeshError('unavailable', `${api} ${predicateOf(refusal)}.`, { cause, retryAfterMs: refusal.retryAfterMs ?? RETRY_MS });
    default:
      return new MeshError('unavailable', `${api} ${predicateOf(refusal)}.`, { cause });
  }
}
