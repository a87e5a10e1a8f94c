import type { PolicyNode } from '../../graph/model.ts';
import type { KubeObject } from '../../policy/objects/kube-object.ts';
import type { NamespaceView } from '../namespace-view.ts';
import type { Problems } from '../wording.ts';
import { istioPolicies } from './istio-policy.ts';
import { readRules } from './istio-rules.ts';
import { type IstioSelection, isAmbientOnly } from './istio-selection.ts';

const ACTIONS = ['ALLOW', 'DENY', 'AUDIT', 'CUSTOM'] as const;
type Action = (typeof ACTIONS)[number];

/** What Go's `strconv.ParseBool` takes for true. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** Istio's AuthorizationPolicies (istio, pilot/pkg/security/authz/builder; pilot/pkg/serviceregistry/ambient/authorization.go for ztunnel). */
export function istioAuthorizations(view: NamespaceView): readonly PolicyNode[] {
  return istioPolicies(view, {
    kept: 'istioAuthorizationPolicies',
    targetable: true,
    fromRoot: (objects) => objects,
    read(object, selection, problems) {
      const given = object.spec.at('action').text ?? 'ALLOW';
      const action = ACTIONS.find((known) => known === given);
      const rules = readRules(view, object.spec.at('rules'), problems);
      const empty = object.spec.at('rules').size === 0;
      if (action === undefined) problems.add('It is ignored: its action is none that Istio knows.');
      else checkAction(object, action, empty, problems);
      if (action !== undefined && isAmbientOnly(selection)) checkAmbient(action, rules.http, selection, problems);
      const dryRun = TRUE.has(object.annotations.get('istio.io/dry-run') ?? '');
      if (dryRun) problems.add('It is a dry run (annotation istio.io/dry-run): it is only logged what it would decide.');
      return { action, summary: empty ? [action === 'ALLOW' ? 'allows nothing' : 'no rules'] : rules.words };
    },
  });
}

function checkAction({ spec }: KubeObject, action: Action, empty: boolean, problems: Problems): void {
  // Without a rule ALLOW allows nothing, which is how everything is denied; any other action then never matches.
  if (empty && action !== 'ALLOW') problems.add(`It has no rules, and ${action} without rules never matches.`);
  if (action === 'CUSTOM' && spec.at('provider', 'name').text === undefined) problems.add('It is refused: CUSTOM needs a provider.');
}

/** ztunnel takes ALLOW and DENY, and of them what does not speak of HTTP. */
function checkAmbient(action: Action, http: number, { by }: IstioSelection, problems: Problems): void {
  if (by === 'targets') return;
  if (action === 'CUSTOM' || action === 'AUDIT') {
    problems.add(`It is for ambient pods, and ztunnel knows no ${action}: attach it to a waypoint with targetRefs.`);
  } else if (http > 0) {
    const effect =
      action === 'ALLOW'
        ? 'such a rule never matches'
        : 'the HTTP part of such a rule drops out, and one of whose from, to or when nothing is left never matches';
    problems.add(
      `It is for ambient pods and speaks of HTTP, of which ztunnel knows nothing: ${effect}. Attach it to a waypoint with targetRefs.`,
    );
  }
}
