import { parseAddress } from '../lib/ip.ts';
import type { AccessAnswer, AccessCall } from '../policy/access/model.ts';
import { type Caller, type CallerSort, callerSorts } from './ends.ts';
import { type Judgement, judge, unknownAnswer } from './judgement.ts';
import type { AccessWorld } from './world.ts';

/** Somewhere outside of the cluster. */
export interface Outside {
  /** A name or an IP address. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Reads `api.example.com:443`, `192.0.2.1` or `[2001:db8::1]:443`; undefined where it is none of them. */
export function parseOutside(authority: string): Outside | undefined {
  const [, bracketed, plain, text] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_](?:[-A-Za-z0-9_.]{0,252})))(?::(\d{1,5}))?$/.exec(authority) ?? [];
  const host = bracketed ?? plain;
  const port = text === undefined ? undefined : Number(text);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535))) return undefined;
  return { host, port };
}

/** Whether a caller's own mesh lets a call out of the cluster. What stands at the other end is not known here. */
export function judgeOutbound(world: AccessWorld, from: Caller, { host, port }: Outside, call: AccessCall): Judgement {
  const isAddress = parseAddress(host) !== undefined;
  const named: AccessCall = { ...call, host: call.host ?? host, sni: call.sni ?? (isAddress ? undefined : host) };
  const parts = callerSorts(world, from).map((sort) => ({
    ...(sort.which === undefined ? {} : { caller: sort.which }),
    callee: host,
    port: port ?? 0,
    answer: withAssumed(letsOut(world, sort, { address: isAddress ? host : undefined, port }, named), sort.assumed),
  }));
  return judge(parts, 'The caller is not known.');
}

function letsOut(
  world: AccessWorld,
  { from }: CallerSort,
  destination: { readonly address: string | undefined; readonly port: number | undefined },
  call: AccessCall,
): AccessAnswer {
  if (from === undefined) return unknownAnswer('Which proxy the call passes is not known.', ['which workload calls']);
  const { mesh, workload } = from.group;
  const name = `${workload.kind} ${workload.name}`;
  switch (mesh) {
    case 'linkerd':
      return world.outbound(from.namespace).decide(destination, call);
    case undefined: {
      const step = { says: `${name} is in no mesh, so no policy of a mesh holds its calls back.` };
      return { verdict: 'allowed', decidedBy: step, chain: [step], dependsOn: [], assumed: [], remarks: [] };
    }
    default:
      return unknownAnswer(`${name} is in Istio, whose outbound traffic policy is in no object that is read here.`, [
        'the outbound traffic policy of the mesh (meshConfig.outboundTrafficPolicy, Sidecars)',
      ]);
  }
}

function withAssumed(answer: AccessAnswer, assumed: readonly string[]): AccessAnswer {
  return assumed.length === 0 ? answer : { ...answer, assumed: [...answer.assumed, ...assumed] };
}
