import type { AccessCall } from '../access/model.ts';

/** What is spoken on a connection, as far as a call says; without a protocol, one that has a method, a path or headers is HTTP, as gRPC is. */
export function spokenOf({ protocol, method, path, headers }: AccessCall): 'http' | 'tcp' | 'tls' | 'unknown' {
  if (protocol === 'grpc') return 'http';
  if (protocol !== 'unknown') return protocol;
  return method === undefined && path === undefined && headers === undefined ? 'unknown' : 'http';
}
