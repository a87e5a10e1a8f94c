import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../../src/sources/kubernetes/outcome.ts';
import { type KindStatus, mergeStatuses, notesOf, predicateOf } from '../../../../src/sources/kubernetes/status.ts';

const inNamespaces = (...statuses: readonly KindStatus[]) =>
  mergeStatuses(statuses.map((status, place) => ({ namespace: `ns-${place}`, status })));

describe('mergeStatuses', () => {
  it('says the gravest', () => {
    const order: readonly KindStatus[] = [
      { tag: 'failed', why: 'x' },
      { tag: 'forbidden' },
      { tag: 'waiting', untilMs: 1, why: 'x' },
      { tag: 'listing' },
      { tag: 'starting' },
      { tag: 'live' },
      { tag: 'absent' },
    ];
    order.forEach((status, place) => {
      expect(inNamespaces(...order.slice(place).reverse()).tag).toBe(status.tag);
      expect(mergeStatuses([{ namespace: undefined, status }])).toBe(status);
    });
    expect(mergeStatuses([])).toEqual({ tag: 'absent' });
  });

  it('says where it is forbidden, unless that is everywhere', () => {
    expect(inNamespaces({ tag: 'live' }, { tag: 'forbidden' }, { tag: 'forbidden' })).toEqual({
      tag: 'forbidden',
      namespaces: ['ns-1', 'ns-2'],
    });
    expect(inNamespaces({ tag: 'forbidden' }, { tag: 'forbidden' })).toEqual({ tag: 'forbidden' });
  });
});

describe('notesOf', () => {
  it('says what a reader should know, in the order of the table', () => {
    const kinds = {
      linkerdServers: { tag: 'forbidden' },
      pods: { tag: 'failed', why: 'answers 400' },
      services: { tag: 'live' },
      jobs: { tag: 'absent' },
    } as const;
    expect(notesOf({ kinds })).toEqual([
      'pods cannot be read, because the Kubernetes API answers 400.',
      `servers.policy.linkerd.io may not be read (the rule {apiGroups: ["policy.linkerd.io"], resources: ["servers"], verbs: ["list", "watch"]} is missing): Linkerd's inbound policy is not shown.`,
    ]);
  });
});

describe('predicateOf', () => {
  it.each<[Refusal, string]>([
    [{ tag: 'unreachable', detail: 'SECRET' }, 'cannot be reached'],
    [{ tag: 'timeout', detail: 'SECRET' }, 'did not answer in time'],
    [{ tag: 'host-forbids', detail: 'SECRET' }, 'may not be called from this host'],
    [{ tag: 'not-http', detail: 'SECRET' }, 'does not answer as Kubernetes does'],
    [{ tag: 'not-kubernetes', detail: 'SECRET' }, 'does not answer as Kubernetes does'],
    [{ tag: 'unauthorized' }, 'does not accept the token (401)'],
    [{ tag: 'forbidden' }, 'forbids it (403)'],
    [{ tag: 'missing' }, 'does not serve it (404)'],
    [{ tag: 'expired' }, 'kept losing its place in a long list (410)'],
    [{ tag: 'too-large' }, 'answers with more than can be read'],
    [{ tag: 'throttled', status: 429, retryAfterMs: 1 }, 'is throttling us (429)'],
    [{ tag: 'failing', status: 503, retryAfterMs: 1 }, 'answers 503'],
    [{ tag: 'redirected', status: 302 }, 'answers 302'],
    [{ tag: 'refused', status: 400 }, 'answers 400'],
  ])('of %j is text of our own', (refusal, predicate) => {
    expect(predicateOf(refusal)).toBe(predicate);
  });
});
