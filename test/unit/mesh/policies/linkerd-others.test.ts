import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../../src/lib/json.ts';
import type { KeptObject } from '../../../../src/mesh/kept.ts';
import { build, deployment, LINKERD, policy, server, spec } from '../kept-objects.ts';

const ACCEPTED = { status: { conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted' }] } };
const refused = (reason: string) => ({ status: { conditions: [{ type: 'Accepted', status: 'False', reason }] } });
const BASE = deployment('web', { injected: LINKERD });

describe('HTTPLocalRateLimitPolicy', () => {
  const target = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
  const limit = (name: string, value: JsonObject = {}, more: Partial<KeptObject> = ACCEPTED) =>
    spec('linkerdRateLimitPolicies', name, { targetRef: target, total: { requestsPerSecond: 100 }, ...value }, more);
  const read = (object: KeptObject, protocol?: string) =>
    policy(build([...BASE, server('web', 'web', protocol === undefined ? {} : { proxyProtocol: protocol }), object]), 'limit');

  it('limits a Server', () => {
    const overrides = [{ requestsPerSecond: 5, clientRefs: [{ kind: 'ServiceAccount', name: 'web' }] }];
    expect(read(limit('limit', { identity: { requestsPerSecond: 10 }, overrides }))).toEqual({
      group: 'policy.linkerd.io',
      kind: 'HTTPLocalRateLimitPolicy',
      name: 'limit',
      selects: ['shop/Server/web'],
      summary: 'at most 100 requests a second; 10 of each client; 1 override',
      problems: [],
    });
    expect(read(limit('limit')).summary).toBe('at most 100 requests a second');
    expect(read(limit('limit', { total: null })).summary).toBe('no limit');
  });

  it.each<[string, KeptObject, string | undefined, string]>([
    [
      'a Server that is missing',
      limit('limit', { targetRef: { ...target, name: 'none' } }),
      undefined,
      'There is no Server none, which its targetRef names.',
    ],
    [
      'another kind of target',
      limit('limit', { targetRef: { kind: 'Server', name: 'web' } }),
      undefined,
      'Linkerd ignores it: its targetRef is no Server of group policy.linkerd.io.',
    ],
    ['a protocol without requests', limit('limit'), 'gRPC', 'Server web has proxyProtocol gRPC, with which requests are not counted.'],
    ['no number', limit('limit', { total: { requestsPerSecond: 0 } }), undefined, 'spec.total has no requestsPerSecond above 0.'],
    ['not been accepted', limit('limit', {}, refused('Whatever')), undefined, 'It is not accepted: Whatever.'],
    ['not been answered', limit('limit', {}, {}), undefined, 'No controller has accepted it yet.'],
    [
      'a client that is missing',
      limit('limit', { overrides: [{ requestsPerSecond: 1, clientRefs: [{ kind: 'ServiceAccount', name: 'none' }] }] }),
      undefined,
      'There is no ServiceAccount none, which spec.overrides[0].clientRefs[0] names.',
    ],
  ])('says that it has %s', (_, object, protocol, problem) => {
    expect(read(object, protocol).problems).toEqual([problem]);
  });

  it('loses a Server to an older one', () => {
    const built = build([
      server('web', 'web'),
      ...BASE,
      limit('a', {}, { created: 2, ...refused('RateLimitReasonAlreadyExists') }),
      limit('b', {}, { created: 1, ...ACCEPTED }),
    ]);
    expect(policy(built, 'a').problems).toEqual(['HTTPLocalRateLimitPolicy b is older and holds for Server web.']);
    expect(policy(built, 'b').problems).toEqual([]);
  });
});

describe('EgressNetwork', () => {
  const read = (value: JsonObject, more: Partial<KeptObject> = ACCEPTED) =>
    policy(build([spec('linkerdEgressNetworks', 'net', value, more)]), 'net');

  it('says what pods may do outside the cluster', () => {
    expect(read({ trafficPolicy: 'Deny' })).toEqual({
      group: 'policy.linkerd.io',
      kind: 'EgressNetwork',
      name: 'net',
      action: 'Deny',
      selects: ['shop'],
      summary: 'to everything outside the cluster',
      problems: [],
    });
    expect(read({ trafficPolicy: 'Allow', networks: [{ cidr: '8.8.0.0/16' }] }).summary).toBe('to 8.8.0.0/16');
  });

  it.each<[Json, Partial<KeptObject>, string]>([
    [{ trafficPolicy: 'Perhaps' }, ACCEPTED, 'Its trafficPolicy is neither Allow nor Deny, so Linkerd ignores it.'],
    [{ trafficPolicy: 'Deny', networks: [] }, ACCEPTED, 'Its list of networks is empty, so it is for no destination.'],
    [{ trafficPolicy: 'Deny' }, refused('EgressReasonNetworkOverlap'), 'It is not accepted: EgressReasonNetworkOverlap.'],
    [{ trafficPolicy: 'Deny' }, refused('a reason with spaces'), 'It is not accepted: no reason that can be repeated.'],
    [{ trafficPolicy: 'Deny' }, {}, 'No controller has accepted it yet.'],
  ])('says why %j has no effect', (value, more, problem) => {
    expect(read(value as JsonObject, more).problems).toEqual([problem]);
  });
});
