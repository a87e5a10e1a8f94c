import { type Principal, permits, permitsAll } from '../access/principal.ts';
import type { EdgeEffect, Effect } from '../assess/effect.ts';
import type { Config } from '../config.ts';
import { namespaceOf } from '../graph/ids.ts';
import { MeshError } from '../lib/errors.ts';
import type { Target } from './manifest.ts';
import type { RouteReach } from './route-reach.ts';

/** Something that a change would cut, or might. The change is refused unless the caller accepts each by name. */
export interface Impact {
  /** What `accept_impact` must name: an edge `source -> destination:port`, or one of the words below. */
  readonly id: string;
  /** Nodes whose names accept it as well. */
  readonly nodes: readonly string[];
  /** A sentence. */
  readonly why: string;
  /** Whether it reaches the control plane or this server, so that only who is admin everywhere may accept it. */
  readonly vital: boolean;
}

/** Namespaces that every mesh and cluster needs. */
const VITAL_NAMESPACES: readonly string[] = ['kube-system'];

/** Names of impacts that are no edge. */
const SELF_IMPACT = 'self';
const CONTROL_PLANE_IMPACT = 'control-plane';
const UNKNOWN_IMPACT = 'unknown-effect';
const HIDDEN_IMPACT = 'hidden-calls';

type ImpactConfig = Pick<Config, 'linkerdNamespace' | 'istioRootNamespace' | 'selfWorkload'>;

/** `shop/Deployment/web -> shop/Deployment/catalog:8080` */
function edgeId({ source, destination, port }: Pick<EdgeEffect, 'source' | 'destination' | 'port'>): string {
  return `${source} -> ${destination}${port === undefined ? '' : `:${port}`}`;
}

/** What impacts are judged by. */
export interface ImpactContext {
  readonly config: ImpactConfig;
  readonly sees: Sees;
  /** Whose calls the object leads beside those of its own namespace. */
  readonly reach: RouteReach;
}

/** An effect, or why nothing can be said of it: a sentence. */
export type Foreseen = { readonly tag: 'effect'; readonly effect: Effect } | { readonly tag: 'unknown'; readonly why: string };

/**
 * What a change would cut: observed calls that were let in and would be denied or not found, or of which that could no longer be said; and whatever it does to the
 * namespaces on which everything rests. There the traffic that was seen is no proof: this server may not have been called lately, and what a control plane lives by
 * (webhooks, probes, discovery) is hardly in any metric. So each change there counts. Calls from or to namespaces that the caller may not view are counted, not named.
 */
export function impactsOf(
  { namespace }: Pick<Target, 'namespace'>,
  foreseen: Foreseen,
  { config, sees, reach }: ImpactContext,
): readonly Impact[] {
  const vital = vitalNamespaces(config);
  const self = selfNamespace(config);
  const reached = (name: string | undefined) =>
    name !== undefined && (name === namespace || reach.everything || reach.namespaces.includes(name));
  const impacts: Impact[] = [];
  const controlPlane = vital.find(reached);
  if (controlPlane !== undefined) {
    impacts.push({
      id: CONTROL_PLANE_IMPACT,
      nodes: [],
      why: `Namespace ${controlPlane} is the control plane's: what is wrong there is wrong in the whole mesh.`,
      vital: true,
    });
  }
  if (reached(self)) {
    impacts.push({
      id: SELF_IMPACT,
      nodes: [],
      why: `What is in namespace ${self}, or leads calls there, decides who reaches this server itself: you may lock yourself out.`,
      vital: true,
    });
  }
  if (foreseen.tag === 'unknown') {
    impacts.push({ id: UNKNOWN_IMPACT, nodes: [], why: `What it would cut is not known: ${foreseen.why}`, vital: false });
    return impacts;
  }
  const { edges, unjudged = 0 } = foreseen.effect;
  if (unjudged > 0) {
    const why = `What it would cut is not wholly known: ${unjudged} observed edges are too many to be judged.`;
    impacts.push({ id: UNKNOWN_IMPACT, nodes: [], why, vital: false });
  }
  let hidden = 0;
  let hiddenVital = false;
  for (const edge of edges) {
    const danger = dangerOf(edge);
    if (danger === undefined) continue;
    const ends = [edge.source, edge.destination];
    const touches = ends.some((end) => vital.includes(namespaceOf(end) ?? '') || end === config.selfWorkload);
    if (isVisible(edge, sees)) {
      impacts.push({ id: edgeId(edge), nodes: ends, why: danger, vital: touches });
    } else {
      hidden++;
      hiddenVital ||= touches;
    }
  }
  if (hidden > 0) {
    const why = `${hidden} observed ${hidden === 1 ? 'edge' : 'edges'} from or to namespaces that you may not view would be cut, or might be.`;
    impacts.push({ id: HIDDEN_IMPACT, nodes: [], why, vital: hiddenVital });
  }
  return impacts;
}

/** Whether somebody may view a namespace; undefined: what is in none. */
export type Sees = (namespace: string | undefined) => boolean;

/** Whether somebody may view both ends of an edge. */
export function isVisible({ source, destination }: EdgeEffect, sees: Sees): boolean {
  return sees(namespaceOf(source)) && sees(namespaceOf(destination));
}

function dangerOf({ before, after, rps, cut = false }: EdgeEffect): string | undefined {
  const rate = rps === undefined ? '' : ` (${rps} rps)`;
  const passed = before.verdict === 'allowed' || before.verdict === 'unknown';
  if (passed && (after.verdict === 'denied' || after.verdict === 'not-found'))
    return `${before.verdict} before, ${after.verdict} after${rate}`;
  if (cut) return `some of its calls are let in before, and not after${rate}`;
  if (before.verdict === 'allowed' && after.verdict === 'unknown') return `allowed before, perhaps not after${rate}`;
  return undefined;
}

function vitalNamespaces({ linkerdNamespace, istioRootNamespace }: ImpactConfig): readonly string[] {
  return [...VITAL_NAMESPACES, linkerdNamespace, istioRootNamespace];
}

function selfNamespace({ selfWorkload }: ImpactConfig): string | undefined {
  return selfWorkload === '' ? undefined : selfWorkload.split('/')[0];
}

/** Those that nobody accepted. */
export function unaccepted(impacts: readonly Impact[], accepted: readonly string[]): readonly Impact[] {
  return impacts.filter(({ id, nodes }) => !accepted.includes(id) && !nodes.some((node) => accepted.includes(node)));
}

/**
 * Who may accept what: to cut others off is an admin's, in the namespace of the object; to touch the control plane or this server, that of one who is admin everywhere.
 * Throws `MeshError('denied')`.
 */
export function requireRight(principal: Principal, { namespace }: Pick<Target, 'namespace'>, impacts: readonly Impact[]): void {
  if (impacts.some(({ vital }) => vital) && !permitsAll(principal, 'admin')) {
    throw new MeshError(
      'denied',
      'This reaches the control plane or this server itself: only who is admin in all namespaces may accept that.',
    );
  }
  if (impacts.length > 0 && !permits(principal, 'admin', namespace)) {
    throw new MeshError('denied', `This would cut off traffic: only an admin of namespace ${namespace} may accept that.`);
  }
}
