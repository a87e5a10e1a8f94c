import { type Address, parseAddress } from '../../lib/ip.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { AccessCall } from '../access/model.ts';
import { NO, type Truth, unknown, YES } from '../access/truth.ts';
import { CLIENT_ADDRESS, CLIENT_IDENTITY, PATH } from '../access/unknowns.ts';
import { quote } from '../objects/field.ts';

/** As whom the proxy sees the client. */
export type Identity =
  /** A SPIFFE id. */
  | { readonly tag: 'named'; readonly name: string }
  /** One that the mesh vouches for, and nobody said which. */
  | { readonly tag: 'some' }
  | { readonly tag: 'none' };

/** A value that is known, or what it would take to know it. */
export type Known<Value> = { readonly tag: 'known'; readonly value: Value } | { readonly tag: 'unknown'; readonly on: string };

export function known<Value>(value: Value): Known<Value> {
  return { tag: 'known', value };
}

export function open<Value>(on: string): Known<Value> {
  return { tag: 'unknown', on };
}

export interface ClientAddress {
  readonly text: string;
  /** Undefined where the text is none. */
  readonly address: Address | undefined;
}

/** A call as one proxy sees it: everything that a policy can ask of it. */
export interface Facts {
  readonly identity: Identity;
  /** At the other end of the connection. */
  readonly source: Known<ClientAddress>;
  /** The address of whom the connection is made for, by `x-forwarded-for`. */
  readonly remote: Known<ClientAddress>;
  readonly port: Known<number>;
  /** In the TLS handshake; empty without one. */
  readonly sni: Known<string>;
  /** Without its query. */
  readonly path: Known<string>;
  /** By name in lower case, the values of one name joined by a comma; method and host are among them as `:method` and `:authority`, as far as they are known. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether those are all; otherwise what is missing may be there. */
  readonly headersComplete: boolean;
  /** Those of a token that was found good; null: of none. */
  readonly claims: Known<JsonObject | null>;
}

/** How a call is carried, for what the proxy sees of it. */
export interface Carriage {
  readonly identity: Identity;
  readonly source: Known<ClientAddress>;
  readonly port: Known<number>;
  readonly http: boolean;
  /** Whether it takes the word of `x-forwarded-for` for whom the client speaks. */
  readonly takesForwarded: boolean;
  readonly claims: Known<JsonObject | null>;
}

/** The address of a client; one that cannot be read lies in no network. */
export function readSource(text: string | undefined): Known<ClientAddress> {
  return text === undefined ? open(CLIENT_ADDRESS) : known({ text, address: parseAddress(text) });
}

export function readFacts(call: AccessCall, { identity, source, port, http, takesForwarded, claims }: Carriage): Facts {
  const headers = readHeaders(call);
  // Every call of gRPC is a POST (gRPC over HTTP2, "Requests").
  const method = call.method ?? (call.protocol === 'grpc' ? 'POST' : undefined);
  const path = call.path?.split(/[?#]/, 1)[0];
  for (const [name, value] of [
    [':method', method],
    [':path', call.path],
    [':authority', call.host],
  ] as const) {
    if (value !== undefined) headers.set(name, value);
  }
  return {
    identity,
    source,
    remote: http && takesForwarded ? readRemote(call, headers, source) : source,
    port,
    sni: readSni(call, identity),
    path: path === undefined ? open(PATH) : known(path),
    headers,
    headersComplete: call.headers !== undefined,
    claims,
  };
}

function readHeaders({ headers = [] }: AccessCall): Map<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    // Envoy keeps the host as `:authority`, which the call says on its own.
    if (key === 'host' || key.startsWith(':')) continue;
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before},${value}`);
  }
  return joined;
}

/**
 * The last address of `x-forwarded-for`, else the client's own: a sidecar and a waypoint believe it, and a gateway does not (istio,
 * pilot/pkg/networking/core/listener_inbound.go, listener_waypoint.go and gateway.go: `useRemoteAddress`; envoy, source/common/http/conn_manager_utility.cc: `mutateRequestHeaders`).
 */
function readRemote(call: AccessCall, headers: ReadonlyMap<string, string>, source: Known<ClientAddress>): Known<ClientAddress> {
  const forwarded = headers.get('x-forwarded-for');
  if (forwarded === undefined) return call.headers === undefined ? open('the header x-forwarded-for') : source;
  const text = forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
  const address = parseAddress(text);
  return address === undefined ? source : known({ text, address });
}

/** Within the mesh's TLS it is what the client's proxy writes, which nobody here can know. */
function readSni({ sni, protocol }: AccessCall, { tag }: Identity): Known<string> {
  if (sni !== undefined) return known(sni);
  return tag === 'none' && protocol !== 'tls' && protocol !== 'unknown' ? known('') : open('the server name in the TLS handshake');
}

/** Tests a value that may not be known. */
export function ask<Value>(value: Known<Value>, test: (value: Value) => boolean): Truth {
  if (value.tag === 'unknown') return unknown(value.on);
  return test(value.value) ? YES : NO;
}

/** For a sentence: `is "GET"`, or `is not known`. */
export function sayKnown(value: Known<string>): string {
  return value.tag === 'known' ? `is ${quote(value.value)}` : 'is not known';
}

export function sayAddress(what: string, given: Known<ClientAddress>): string {
  return given.tag === 'known' ? `${what} is ${quote(given.value.text)}` : `${what} is not known`;
}

export function sayIdentity(identity: Identity): string {
  switch (identity.tag) {
    case 'named':
      return `the client is ${quote(identity.name)}`;
    case 'some':
      return `${CLIENT_IDENTITY} is not known`;
    case 'none':
      return 'the client proves no identity';
  }
}
