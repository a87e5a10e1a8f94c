import type { Config } from '../config.ts';
import { type HeaderList, header } from '../lib/headers.ts';
import { grantsOf } from '../lib/roles.ts';
import type { Principal } from './principal.ts';
import { sameText } from './same-text.ts';
import { parseForwardedCerts } from './xfcc.ts';

/** In this header the trusted hop sends TRUSTED_HOP_SECRET. */
const HOP_HEADER = 'x-mesh-mcp-hop';

/** Linkerd's identities are DNS names, Istio's are SPIFFE ids; nothing else is one. */
const IDENTITY =
  /^(?:spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+){1,16}|[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)+)$/;
const MAX_CHARACTERS = 512;

type MeshConfig = Pick<Config, 'trustedIdentityHeader' | 'trustedHop' | 'trustedHopSecret' | 'trustedHopIdentity' | 'roles'>;

/**
 * The workload that a mesh says is calling, or undefined where none says so in a way that is believed: then the header counts as not there.
 *
 * A component does not see the other end of its connection, so it cannot tell who wrote a header. It believes this one for one of two reasons: the hop proves itself by a
 * secret; or the operator states that all traffic comes through a mesh proxy which sets the header or removes it. Linkerd's inbound proxy does that with `l5d-client-id`
 * (linkerd2-proxy, linkerd/app/inbound/src/http: `set_identity_header`; linkerd/app/integration/src/tests/orig_proto.rs: `inbound_should_strip_l5d_client_id`), Envoy with
 * `x-forwarded-client-cert` where it is told to sanitise it (Envoy, HTTP header manipulation; HttpConnectionManager: `forward_client_cert_details`), as Istio's sidecars do.
 */
export function meshCaller(headers: HeaderList, config: MeshConfig): Principal | undefined {
  const identity = believed(headers, config) ? identityIn(headers, config) : undefined;
  if (identity === undefined || identity.length > MAX_CHARACTERS || !IDENTITY.test(identity)) return undefined;
  return { name: identity, via: 'mesh', groups: [], grants: grantsOf(config.roles, { identity: [identity] }) };
}

function believed(headers: HeaderList, { trustedIdentityHeader, trustedHop, trustedHopSecret }: MeshConfig): boolean {
  if (trustedIdentityHeader === 'none') return false;
  if (trustedHop === 'mesh-proxy') return true;
  return trustedHopSecret !== '' && sameText(header(headers, HOP_HEADER) ?? '', trustedHopSecret);
}

function identityIn(headers: HeaderList, { trustedIdentityHeader, trustedHopIdentity }: MeshConfig): string | undefined {
  const values = (name: string) => headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value);
  if (trustedIdentityHeader === 'l5d-client-id') {
    const [identity, ...more] = values('l5d-client-id');
    // Two say that somebody added one.
    return more.length > 0 ? undefined : identity?.trim();
  }
  // A proxy that appends puts its own element last; what stands before came with the request.
  const last = parseForwardedCerts(values('x-forwarded-client-cert').join(','))?.at(-1);
  if (last === undefined || last.uris.length !== 1) return undefined;
  if (trustedHopIdentity !== '' && !(last.by.length === 1 && last.by[0] === trustedHopIdentity)) return undefined;
  return last.uris[0];
}
