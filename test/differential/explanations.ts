import type { Sent } from './answers.ts';
import type { Difference } from './compare.ts';

/** A kind of difference that is meant to be, and why. */
export interface Explanation {
  readonly reason: string;
  readonly oracles: readonly ('v1' | 'v2')[];
  readonly path: RegExp;
  readonly ours: RegExp;
  readonly theirs: RegExp;
  /** What must have been sent for the explanation to hold. */
  readonly when?: (sent: Sent) => boolean;
}

const BOTH = ['v1', 'v2'] as const;
const SHAPE = /^shape$/;
const ABSENT = /^absent$/;
const ANY = /(?:)/;

const parsed = ({ body }: Sent): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};
const isBatch = (sent: Sent) => Array.isArray(parsed(sent));
const field = (key: string) => (sent: Sent) => {
  const message = parsed(sent);
  return typeof message === 'object' && message !== null ? (message as Record<string, unknown>)[key] : undefined;
};
const parameter = (key: string) => (sent: Sent) => {
  const params = field('params')(sent);
  return typeof params === 'object' && params !== null ? (params as Record<string, unknown>)[key] : undefined;
};
const accepting = ({ headers: { accept = '' } }: Sent) => accept;
const versionHeader = ({ headers }: Sent) => headers['mcp-protocol-version'];

/** Every difference between our server and those of the SDK. One that is not here fails the test, and so does one that no longer occurs. */
export const EXPLANATIONS: readonly Explanation[] = [
  // What the answers hold.
  {
    reason: 'Our lists change only with a deployment, so there is nothing to notify of; the SDK declares it for every registry.',
    oracles: BOTH,
    path: /^\/0\/result\/capabilities\/(tools|prompts|resources)\/listChanged$/,
    ours: ABSENT,
    theirs: /^true$/,
  },
  {
    reason:
      'JSON Schema 2020-12 is the default dialect since 2025-11-25 (basic/index, schema dialect); naming it in every schema costs tokens.',
    oracles: BOTH,
    path: /^\/0\/result\/tools\/\d+\/(inputSchema|outputSchema)\/\$schema$/,
    ours: ABSENT,
    theirs: ANY,
  },
  {
    reason: 'Our tools always say all four hints.',
    oracles: BOTH,
    path: /^\/0\/result\/tools\/\d+\/annotations$/,
    ours: ANY,
    theirs: ABSENT,
  },
  {
    reason: '"forbidden" is the default (2025-11-25, server/tools, data types), so we leave it out.',
    oracles: ['v1'],
    path: /^\/0\/result\/tools\/\d+\/execution$/,
    ours: ABSENT,
    theirs: /^\{"taskSupport":"forbidden"\}$/,
  },
  {
    reason: 'Arguments of our prompts always have a description; the one under test is empty.',
    oracles: BOTH,
    path: /^\/0\/result\/prompts\/0\/arguments\/0\/description$/,
    ours: /^""$/,
    theirs: ABSENT,
  },
  {
    reason: 'The result may carry the description of the prompt (server/prompts, getting a prompt); ours does.',
    oracles: BOTH,
    path: /^\/0\/result\/description$/,
    ours: ANY,
    theirs: ABSENT,
  },
  {
    reason: 'A failed call has our error code in its metadata.',
    oracles: BOTH,
    path: /^\/0\/result\/_meta(\/mesh-mcp\/error)?$/,
    ours: /"code":"invalid"/,
    theirs: ABSENT,
  },
  {
    reason: 'Each server has its own words for arguments that do not fit.',
    oracles: BOTH,
    path: /^\/0\/result\/content\/0\/text$/,
    ours: /^"echo: text: (Invalid input|missing, expected string)/,
    theirs: /Invalid arguments for tool echo/,
  },
  {
    reason: 'Our lists may be cached: they change only with a deployment and are the same for everybody.',
    oracles: ['v2'],
    path: /^\/0\/result\/(ttlMs|cacheScope)$/,
    ours: /^(300000|"public")$/,
    theirs: /^(0|"private")$/,
  },
  {
    reason:
      'We name every version that we speak, as the example of the error does (2026-07-28, basic/versioning); the SDK leaves out the older era.',
    oracles: ['v2'],
    path: /^\/0\/result\/supportedVersions\/\d$/,
    ours: ANY,
    theirs: ABSENT,
  },
  {
    reason: '2024-10-07 was a draft that no release of the specification describes.',
    oracles: BOTH,
    path: /^\/0\/result\/protocolVersion$/,
    ours: /^"2025-11-25"$/,
    theirs: /^"2024-10-07"$/,
  },
  {
    reason: 'An id that is no integer or text cannot be repeated as one.',
    oracles: ['v2'],
    path: /^\/0\/id$/,
    ours: /^null$/,
    theirs: /^-?\d/,
    when: (sent) => !Number.isSafeInteger(field('id')(sent)),
  },
  {
    reason: 'The id of an invalid request can be read, so the error repeats it (JSON-RPC 2.0, section 5).',
    oracles: ['v2'],
    path: /^\/0\/id$/,
    ours: /^(\d+|".*")$/,
    theirs: /^null$/,
  },

  // Codes.
  {
    reason: 'An unknown tool is a protocol error in every version (server/tools, error handling); SDK v1 makes it a result.',
    oracles: ['v1'],
    path: SHAPE,
    ours: /^200 sse -32602$/,
    theirs: /^200 sse failed$/,
    when: (sent) => field('method')(sent) === 'tools/call',
  },
  {
    reason: 'Parameters of a wrong type are the client’s mistake: invalid params, not an internal error.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 (sse|json) -32602$/,
    theirs: /^200 (sse|json) -32603$/,
  },
  {
    reason: 'A cursor that we never handed out is invalid (server/utilities/pagination, error handling); the SDK ignores cursors.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 (sse|json) -32602$/,
    theirs: /^200 (sse|json) result$/,
    when: (sent) => parameter('cursor')(sent) !== undefined,
  },
  {
    reason:
      'Until 2025-11-25 a missing resource is -32002 (server/resources, error handling); the SDK uses the code of 2026-07-28 everywhere.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 sse -32002$/,
    theirs: /^200 sse -32602$/,
  },
  {
    reason: 'The body is JSON, only not a valid request: -32600, where SDK v1 says -32700 (JSON-RPC 2.0, section 5.1).',
    oracles: ['v1'],
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^400 json -32700$/,
    when: (sent) => parsed(sent) !== undefined,
  },
  {
    reason:
      'Transport errors have no code of their own; -32000 to -32019 are not for new implementations (2026-07-28, basic/index, error codes).',
    oracles: BOTH,
    path: SHAPE,
    ours: /^(405|406|415) json -32600$/,
    theirs: /^(405|406|415) json -32000$/,
  },
  {
    reason: 'For a version that is not spoken there is a code, with the versions that are (2026-07-28, basic/versioning).',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32022$/,
    theirs: /^400 json (-32000|-32602)$/,
    when: (sent) => versionHeader(sent) !== undefined,
  },
  {
    reason: '2024-10-07 was a draft, see above.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32022$/,
    theirs: /^200 sse result$/,
    when: (sent) => versionHeader(sent) === '2024-10-07',
  },
  {
    reason: 'Under 2026-07-28 there are no responses and no batches from clients; the SDK refuses the version instead.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^400 json -32000$/,
    when: (sent) => versionHeader(sent) === '2026-07-28',
  },
  {
    reason: 'SDK v1 does not speak 2026-07-28.',
    oracles: ['v1'],
    path: SHAPE,
    ours: /^(400 json -32602|202 none|400 json -32020)$/,
    theirs: /^(400 json -32000|200 sse result)$/,
    when: (sent) => versionHeader(sent) === '2026-07-28',
  },

  // What is taken and what is not.
  {
    reason: 'A method without a name cannot exist, so the message is invalid.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^(200 sse -32601|202 none)$/,
    when: (sent) => field('method')(sent) === '',
  },
  {
    reason: 'A member that JSON-RPC does not know does no harm; the SDK refuses it.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 sse result$/,
    theirs: /^400 json -32[67]00$/,
    when: (sent) => field('extra')(sent) !== undefined,
  },
  {
    reason: 'Ids are limited to 1024 characters: they are repeated in the answer.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^200 sse result$/,
    when: (sent) => String(field('id')(sent)).length > 1024,
  },
  {
    reason: 'A key "__proto__" is refused before anything can copy it.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^200 sse result$/,
    when: ({ body }) => body.includes('"__proto__"'),
  },
  {
    reason: 'Nesting is limited by MAX_JSON_DEPTH.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^200 sse result$/,
    when: ({ body }) => body.includes('['.repeat(65)),
  },
  {
    reason:
      'Batches: none from 2025-06-18 on, no handshake in them (2025-03-26, basic/lifecycle), ids used once, at most MAX_BATCH messages. The SDK takes them all.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^200 sse result( result)*$/,
    when: isBatch,
  },
  {
    reason: 'An empty batch is an invalid request (JSON-RPC 2.0, section 6).',
    oracles: ['v1'],
    path: SHAPE,
    ours: /^400 json -32600$/,
    theirs: /^202 none$/,
    when: isBatch,
  },
  {
    reason: 'A member of a batch that is invalid gets its own error, the others their answers (JSON-RPC 2.0, section 6).',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 sse result -32600$/,
    theirs: /^400 json -32[67]00$/,
    when: isBatch,
  },
  {
    reason: 'One of the two types is enough in Accept, and `*/*` will do for JSON: that is what people with curl send.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 (json|sse) result$/,
    theirs: /^406 json -32000$/,
  },
  {
    reason: 'What has a quality of 0 is not accepted (RFC 9110, section 12.4.2); the SDK looks for the words only.',
    oracles: BOTH,
    path: SHAPE,
    ours: /^200 json result$/,
    theirs: /^200 sse result$/,
    when: (sent) => accepting(sent).includes('q=0'),
  },
  {
    reason: 'SDK v2 does not look at Accept in the stateless era; we answer in a form that the client takes, or with 406.',
    oracles: ['v2'],
    path: SHAPE,
    ours: /^(200 sse result|406 json -32600)$/,
    theirs: /^200 json result$/,
    when: (sent) => ['text/event-stream', 'text/html'].includes(accepting(sent)),
  },
  {
    reason: 'As above: no stream, and so no progress, for a client that takes JSON only.',
    oracles: ['v2'],
    path: SHAPE,
    ours: /^200 json result$/,
    theirs: /^200 sse (notifications\/progress )+result$/,
    when: (sent) => accepting(sent) === 'application/json',
  },
  {
    reason:
      'There are no sessions and no standalone streams here, so GET and DELETE are 405 (2025-03-26, basic/transports); the v1 transport serves them even without sessions.',
    oracles: ['v1'],
    path: SHAPE,
    ours: /^405 json -32600$/,
    theirs: /^(200 sse|200 none|406 json -32000)$/,
    when: ({ method }) => method === 'GET' || method === 'DELETE',
  },
];

/** The explanations of a difference; there should be one at least. */
export function explain(oracle: 'v1' | 'v2', sent: Sent, difference: Difference): readonly Explanation[] {
  return EXPLANATIONS.filter(
    ({ oracles, path, ours, theirs, when }) =>
      oracles.includes(oracle) &&
      path.test(difference.path) &&
      ours.test(difference.ours) &&
      theirs.test(difference.theirs) &&
      (when === undefined || when(sent)),
  );
}
