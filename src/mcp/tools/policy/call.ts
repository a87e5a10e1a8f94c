import { unknownCall } from '../../../assess/decide.ts';
import type { HeaderList } from '../../../lib/headers.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { described, limitedText, z } from '../../../lib/zod.ts';
import type { AccessCall } from '../../../policy/access/model.ts';

const word = z.optional(limitedText({ max: 2_000 }));

/** What is sent, as members of an input schema. */
export const callInput = {
  protocol: described(z.optional(z.enum(['http', 'grpc', 'tcp', 'tls'])), 'What is spoken; http if an HTTP field is given.'),
  method: described(word, 'Such as GET.'),
  path: described(
    z.optional(limitedText({ max: 2_000 }).check(z.regex(/^\//, 'must begin with a slash'))),
    'For gRPC /package.Service/Method.',
  ),
  host: described(word, 'The authority.'),
  headers: described(z.optional(z.record(z.string(), z.string())), 'All headers that are sent.'),
  claims: described(z.optional(z.record(z.string(), z.unknown())), 'Claims of its verified token; {} for no token.'),
};

/** What was given of a call. */
export interface CallParts {
  readonly protocol?: Exclude<AccessCall['protocol'], 'unknown'> | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly host?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** The call that is meant; whatever was not given is not known. */
export function callOf({ protocol, method, path, host, headers, claims }: CallParts): AccessCall {
  const speaksHttp = [method, path, host, headers, claims].some((part) => part !== undefined);
  const list: HeaderList | undefined = headers && Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    ...unknownCall(protocol ?? (speaksHttp ? 'http' : 'unknown')),
    method,
    path,
    host,
    headers: list,
    // What came as JSON is JSON.
    claims: claims === undefined ? undefined : Object.keys(claims).length === 0 ? null : (claims as JsonObject),
  };
}
