import type { AccessAnswer, AccessCall, Callee, Peer } from '../../../../src/policy/access/model.ts';
import { linkerdInbound } from '../../../../src/policy/linkerd/inbound.ts';
import type { LinkerdSettings } from '../../../../src/policy/linkerd/world.ts';
import { CALL, CALLEE, type Manifest, meshed, worldOf } from './worlds.ts';

/** A call that is asked about; what is left out is usual. */
export interface Question {
  readonly callee?: Partial<Callee>;
  readonly port?: number;
  readonly peer?: Peer;
  readonly call?: Partial<AccessCall>;
  readonly settings?: Partial<LinkerdSettings>;
}

/** What becomes of a call from the workload `cart` of the same namespace, unless the question says otherwise. */
export function ask(
  objects: readonly Manifest[],
  { callee = {}, port = 8080, peer = meshed('cart'), call = {}, settings = {} }: Question = {},
): AccessAnswer {
  return linkerdInbound({ ...CALLEE, ...callee }, port, worldOf(objects, settings)).decide(peer, { ...CALL, ...call });
}

export const verdict = (...question: Parameters<typeof ask>) => ask(...question).verdict;
/** All sentences of the answer. */
export const says = ({ chain }: AccessAnswer) => chain.map((step) => step.says).join('\n');
/** A callee with annotations. */
export const annotated = (annotations: Record<string, string>): Question => ({ callee: { annotations } });
/** Where nothing says otherwise, nobody is let in. */
export const NOBODY: Question = { settings: { defaultInboundPolicy: 'deny' } };
