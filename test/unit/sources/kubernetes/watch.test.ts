import { describe, expect, it } from 'vitest';
import type { ListEnvelope } from '../../../../src/sources/kubernetes/decode/envelope.ts';
import type { Refusal } from '../../../../src/sources/kubernetes/outcome.ts';
import { begin, step } from '../../../../src/sources/kubernetes/watch.ts';
import { resumePoint, type Step, WATCH_LIMITS, type WatchEvent, type WatchSpec } from '../../../../src/sources/kubernetes/watch-state.ts';
import { POD_SPEC as SPEC } from './support/history.ts';
import { whole } from './support/model-cluster.ts';
import { bookmark, event, failing, line, lines, page, pod, status, throttled } from './support/pods.ts';

const ROUTES: WatchSpec = { ...SPEC, kind: 'httpRoutes' };

/** Drives one machine by hand. */
function machine(resume?: string, spec = SPEC, jitter = 0.5) {
  const first = begin(resume, spec);
  let last: Step = first;
  let nowMs = 1_000;
  const steps: Step[] = [first];
  return {
    steps,
    get last() {
      return last;
    },
    get nowMs() {
      return nowMs;
    },
    pass(ms: number) {
      nowMs += ms;
    },
    take(event: WatchEvent): Step {
      last = step(last.state, event, spec, { nowMs, jitter });
      steps.push(last);
      return last;
    },
    refuse(refusal: Refusal): Step {
      return this.take({ tag: 'refused', refusal });
    },
    /** Sits a wait out. */
    due(): Step {
      if (last.command.tag !== 'wait') throw new Error(`nothing waits: ${JSON.stringify(last.command)}`);
      nowMs = last.command.untilMs;
      return this.take({ tag: 'due' });
    },
  };
}

const namesOf = (result: Step) =>
  result.changes.map((change) =>
    change.tag === 'put'
      ? `put ${change.object.name}`
      : change.tag === 'delete'
        ? `delete ${change.name}`
        : `replace ${change.objects.map(({ name }) => name).join(' ')}`,
  );

/** A machine whose watch from resourceVersion 10 is open. */
function open(spec = SPEC) {
  const pods = machine('10', spec);
  pods.take({ tag: 'opened' });
  return pods;
}

describe('a list', () => {
  it('is read page by page, and counts when it is whole', () => {
    const pods = machine();
    expect(pods.last.command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: false });
    const half = pods.take(page(['a', 'b', 'c'], '7', 'next'));
    expect(half).toMatchObject({ changes: [], command: { tag: 'list', page: { limit: 3, continueToken: 'next' } } });
    expect(resumePoint(half.state)).toBeUndefined();
    const done = pods.take(page(['d'], '7'));
    expect(namesOf(done)).toEqual(['replace a b c d']);
    expect(done.command).toEqual({ tag: 'watch', resourceVersion: '7', renewToken: false });
    expect(resumePoint(done.state)).toBe('7');
  });

  it('says which namespace it was about', () => {
    const pods = machine(undefined, { ...SPEC, namespace: 'shop' });
    expect(pods.take(page(['a'], '7')).changes).toMatchObject([
      { tag: 'replace', kind: 'pods', namespace: 'shop', objects: [{ name: 'a' }] },
    ]);
    expect(machine().take(page([], '7')).changes).toEqual([{ tag: 'replace', kind: 'pods', objects: [] }]);
  });

  it('counts an object once that a server sends twice', () => {
    const pods = machine();
    pods.take(page(['a', 'b'], '7', 'next'));
    expect(namesOf(pods.take(page(['b', 'c'], '7')))).toEqual(['replace a b c']);
  });

  it('begins again when a continue token has expired: at once the first time, then after pauses', () => {
    const pods = machine();
    pods.take(page(['old'], '7', 'next'));
    expect(pods.refuse({ tag: 'expired' }).command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: false });
    pods.take(page(['a'], '8', 'next'));
    expect(pods.refuse({ tag: 'expired' }).command).toEqual({ tag: 'wait', untilMs: pods.nowMs + 1_000 });
    expect(pods.due().command).toMatchObject({ tag: 'list', page: { limit: 3 } });
    pods.take(page(['a'], '9', 'next'));
    expect(namesOf(pods.take(page(['b'], '9')))).toEqual(['replace a b']);
  });

  it('begins again when a page shows another state of the cluster', () => {
    const pods = machine();
    pods.take(page(['a'], '7', 'next'));
    expect(pods.take(page(['b'], '8'))).toMatchObject({ changes: [], command: { tag: 'list', page: { limit: 3 } } });
  });

  it('goes on from its page after a passing failure, waiting longer each time', () => {
    const pods = machine();
    pods.take(page(['a'], '7', 'next'));
    const waits: number[] = [];
    for (const refusal of [failing(), { tag: 'unreachable', detail: '' } as const, throttled(), failing(500)]) {
      const { command } = pods.refuse(refusal);
      waits.push(command.tag === 'wait' ? command.untilMs - pods.nowMs : -1);
      expect(pods.due().command).toMatchObject({ tag: 'list', page: { continueToken: 'next' } });
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
    expect(namesOf(pods.take(page(['b'], '7')))).toEqual(['replace a b']);
  });

  it('spreads retries, and bounds them', () => {
    const waitAfter = (failures: number, jitter: number) => {
      const pods = machine(undefined, SPEC, jitter);
      for (let count = 1; count < failures; count++) {
        pods.refuse(failing());
        pods.due();
      }
      const { command } = pods.refuse(failing());
      return command.tag === 'wait' ? command.untilMs - pods.nowMs : -1;
    };
    expect([waitAfter(1, 0), waitAfter(1, 0.999)]).toEqual([250, 750]);
    expect([waitAfter(20, 0), waitAfter(20, 0.999)]).toEqual([15_000, 44_970]);
  });

  it('waits as long as the server asks', () => {
    const { command } = machine().refuse(throttled(7_000));
    expect(command).toEqual({ tag: 'wait', untilMs: 1_000 + 7_000 + 250 });
  });

  it('asks for less when a page does not fit, down to one object', () => {
    const pods = machine(undefined, { ...SPEC, limits: WATCH_LIMITS });
    const limits: number[] = [];
    while (pods.last.command.tag === 'list') {
      limits.push(pods.last.command.page.limit);
      pods.refuse({ tag: 'too-large' });
    }
    expect(limits).toEqual([500, 125, 31, 7, 1]);
    expect(pods.last.state).toMatchObject({ tag: 'failed', why: { tag: 'too-large' } });
  });

  it('asks for less when a first page takes too long, and keeps to a continue token', () => {
    const pods = machine(undefined, { ...SPEC, limits: WATCH_LIMITS });
    pods.refuse({ tag: 'timeout', detail: '' });
    expect(pods.due().command).toMatchObject({ page: { limit: 125 } });
    pods.take(page(['a'], '7', 'next'));
    pods.refuse({ tag: 'timeout', detail: '' });
    expect(pods.due().command).toMatchObject({ page: { limit: 125, continueToken: 'next' } });
  });

  it('is given up beyond so many objects', () => {
    const pods = machine(undefined, { ...SPEC, limits: { ...SPEC.limits, maxObjects: 4 } });
    pods.take(page(['a', 'b', 'c'], '7', '1'));
    expect(pods.take(page(['d', 'e', 'f'], '7', '2'))).toMatchObject({ state: { tag: 'failed' }, command: { tag: 'stop' } });
    const last = machine(undefined, { ...SPEC, limits: { ...SPEC.limits, maxObjects: 4 } });
    last.take(page(['a', 'b', 'c'], '7', '1'));
    expect(last.take(page(['d', 'e'], '7')).changes.length).toBe(1);
  });

  it('reads the token again, once, and may do so again when things went well', () => {
    const pods = machine();
    expect(pods.refuse({ tag: 'unauthorized' }).command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: true });
    expect(pods.refuse({ tag: 'unauthorized' })).toMatchObject({
      state: { tag: 'failed', why: { tag: 'unauthorized' } },
      command: { tag: 'stop' },
    });
    const later = machine();
    later.refuse({ tag: 'unauthorized' });
    later.take(page(['a'], '7', 'next'));
    expect(later.refuse({ tag: 'unauthorized' }).command).toMatchObject({ page: { continueToken: 'next' }, renewToken: true });
  });

  it('stops where it may not read, and where the kind is not served', () => {
    expect(machine().refuse({ tag: 'forbidden' })).toMatchObject({ state: { tag: 'forbidden' }, changes: [], command: { tag: 'stop' } });
    expect(machine(undefined, ROUTES).refuse({ tag: 'missing' })).toMatchObject({
      state: { tag: 'absent' },
      changes: [{ tag: 'replace', kind: 'httpRoutes', objects: [] }],
      command: { tag: 'stop' },
    });
  });

  it('does not take a 404 for a kind of Kubernetes itself to mean that it has no objects', () => {
    expect(machine().refuse({ tag: 'missing' })).toMatchObject({ state: { tag: 'failed', why: { tag: 'missing' } }, changes: [] });
  });

  it.each<Refusal>([
    { tag: 'host-forbids', detail: '' },
    { tag: 'redirected', status: 302 },
    { tag: 'refused', status: 400 },
  ])('fails at once when $tag', (refusal) => {
    expect(machine().refuse(refusal)).toMatchObject({ state: { tag: 'failed', why: refusal, known: undefined }, command: { tag: 'stop' } });
  });

  it.each<[string, Partial<ListEnvelope>]>([
    ['of another kind', { kind: 'ServiceList' }],
    ['without a resourceVersion', { resourceVersion: '' }],
    ['with a resourceVersion that is none', { resourceVersion: '7&watch=true' }],
    ['with the resourceVersion that means any', { resourceVersion: '0' }],
  ])('takes a list %s for nonsense, and gives up after a while', (_, wrong) => {
    const pods = machine();
    const list = { kind: 'PodList', items: [], resourceVersion: '7', continueToken: undefined, ...wrong };
    pods.take({ tag: 'page', list });
    pods.due();
    pods.take({ tag: 'page', list });
    pods.due();
    expect(pods.take({ tag: 'page', list })).toMatchObject({ state: { tag: 'failed', why: { tag: 'not-kubernetes' } }, changes: [] });
  });

  it('does not follow a continue token that leads to itself', () => {
    const pods = machine();
    pods.take(page(['a'], '7', 'same'));
    expect(pods.take(page(['b'], '7', 'same'))).toMatchObject({ changes: [], command: { tag: 'wait' } });
  });

  it('leaves out what goes and what is malformed, and names the latter', () => {
    const items = [
      pod('a'),
      pod('b', '1', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      pod('c', '1', { labels: 'none' }),
      pod('Not A Name'),
      7,
    ];
    const result = machine().take({ tag: 'page', list: { kind: 'PodList', items, resourceVersion: '7', continueToken: undefined } });
    expect(namesOf(result)).toEqual(['replace a']);
    expect(result.remarks).toEqual([
      { tag: 'malformed', name: 'shop/c', problem: 'metadata.labels is not an object' },
      { tag: 'malformed', name: 'number 4 of its page', problem: 'metadata.name is not a valid text' },
      { tag: 'malformed', name: 'number 5 of its page', problem: 'it is not an object' },
    ]);
  });
});

describe('a watch', () => {
  it('begins at the resume point, and is live once a server takes it up', () => {
    const pods = machine('10');
    expect(pods.last.command).toEqual({ tag: 'watch', resourceVersion: '10', renewToken: false });
    expect(pods.last.state).toMatchObject({ live: false });
    expect(pods.take({ tag: 'opened' })).toMatchObject({ state: { live: true }, command: { tag: 'read' } });
  });

  it('tells what happened, in order, and moves on', () => {
    const pods = open();
    const result = pods.take(lines(event('ADDED', 'a', '11'), event('MODIFIED', 'b', '12'), event('DELETED', 'c', '13'), ''));
    expect(namesOf(result)).toEqual(['put a', 'put b', 'delete c']);
    expect(resumePoint(result.state)).toBe('13');
    expect(pods.take({ tag: 'ended' }).command).toEqual({ tag: 'watch', resourceVersion: '13', renewToken: false });
  });

  it('moves on by a bookmark, without a change', () => {
    const pods = open();
    expect(pods.take(lines(bookmark('40')))).toMatchObject({ changes: [], state: { resourceVersion: '40' }, command: { tag: 'read' } });
  });

  it('passes over what is no newer than what it knows', () => {
    const pods = open();
    const result = pods.take(lines(event('ADDED', 'a', '11'), event('DELETED', 'a', '11'), event('DELETED', 'old', '9'), bookmark('11')));
    expect(namesOf(result)).toEqual(['put a']);
    expect(resumePoint(result.state)).toBe('11');
    // As texts, 9 would come after 10.
    expect(namesOf(machineAt('9').take(lines(event('ADDED', 'a', '10'))))).toEqual(['put a']);
  });

  it('takes resourceVersions that are no numbers as they come', () => {
    const pods = machineAt('abc');
    const result = pods.take(lines(event('ADDED', 'a', 'aaa'), event('DELETED', 'a', 'aab')));
    expect(namesOf(result)).toEqual(['put a', 'delete a']);
    expect(resumePoint(result.state)).toBe('aab');
  });

  it('applies an event without a resourceVersion, and stays where it is', () => {
    const pods = open();
    const result = pods.take(lines(line('ADDED', whole('pods', pod('a')))));
    expect(namesOf(result)).toEqual(['put a']);
    expect(resumePoint(result.state)).toBe('10');
  });

  it('passes over event types that it does not know and objects of another kind, and counts them', () => {
    const pods = open();
    const service = line('ADDED', { kind: 'Service', apiVersion: 'v1', ...pod('web', '11') });
    const result = pods.take(
      lines(
        event('RENAMED', 'a', '11'),
        service,
        line('DELETED', whole('pods', { metadata: { resourceVersion: '12' } })),
        event('ADDED', 'b', '13'),
      ),
    );
    expect(namesOf(result)).toEqual(['put b']);
    expect(result.remarks).toEqual([{ tag: 'foreign' }, { tag: 'foreign' }, { tag: 'foreign' }]);
  });

  it('takes whole objects too, from a server that cannot cut them down', () => {
    const result = open().take(lines(line('ADDED', { kind: 'Pod', apiVersion: 'v1', ...pod('a', '11'), spec: { containers: [] } })));
    expect(result.changes).toEqual([{ tag: 'put', object: { kind: 'pods', namespace: 'shop', name: 'a', labels: {}, annotations: {} } }]);
  });

  it('lets an object go that became malformed or is on its way out, as a list would', () => {
    const result = open().take(
      lines(
        event('MODIFIED', 'a', '11', { labels: { app: 'not a label' } }),
        event('MODIFIED', 'b', '12', { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      ),
    );
    expect(namesOf(result)).toEqual(['delete a', 'delete b']);
    expect(result.remarks).toEqual([{ tag: 'malformed', name: 'shop/a', problem: 'metadata.labels is not a map of labels' }]);
  });

  it('says nothing of an object that was mended or deleted by the same lines', () => {
    const bad = { labels: { app: 'not a label' } };
    const mended = open().take(lines(event('ADDED', 'a', '11', bad), event('MODIFIED', 'a', '12')));
    expect(mended.remarks).toEqual([]);
    expect(open().take(lines(event('ADDED', 'a', '11', bad), event('DELETED', 'a', '12', bad))).remarks).toEqual([]);
    expect(open().take(lines(event('ADDED', 'a', '11'), event('MODIFIED', 'a', '12', bad))).remarks.length).toBe(1);
  });

  it.each([
    [
      'an ERROR event',
      (pods: ReturnType<typeof open>) =>
        pods.take(lines(event('ADDED', 'a', '11'), status(410, { reason: 'Expired' }), event('ADDED', 'b', '12'))),
    ],
    [
      'the answer',
      (pods: ReturnType<typeof open>) => {
        pods.take(lines(event('ADDED', 'a', '11')));
        pods.take({ tag: 'ended' });
        return pods.refuse({ tag: 'expired' });
      },
    ],
  ])('lists anew when 410 comes as %s: no older than what is known, and only the whole list counts', (_, expire) => {
    const pods = open();
    const expired = expire(pods);
    expect(expired.changes.flatMap((change) => (change.tag === 'put' ? change.object.name : change.tag))).not.toContain('b');
    expect(expired.command).toEqual({ tag: 'list', page: { limit: 3, notOlderThan: '11' }, renewToken: false });
    expect(resumePoint(expired.state)).toBe('11');
    const half = pods.take(page(['x'], '20', 'next'));
    expect(half).toMatchObject({ changes: [], command: { page: { limit: 3, continueToken: 'next' } } });
    expect(resumePoint(half.state)).toBe('11');
    expect(namesOf(pods.take(page(['y'], '20')))).toEqual(['replace x y']);
  });

  it('does not list over and over without a pause when every watch expires at once', () => {
    const pods = open();
    pods.take(lines(status(410)));
    pods.take(page([], '20'));
    pods.take({ tag: 'opened' });
    expect(pods.take(lines(status(410))).command.tag).toBe('wait');
  });

  it('asks for the newest list where the server does not know a state so new', () => {
    const pods = open();
    pods.take(lines(status(410)));
    pods.refuse(failing(504));
    expect(pods.due().command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: false });
  });

  it('asks for the newest list when a bookmark is older than what it knows', () => {
    const result = open().take(lines(bookmark('9')));
    expect(result.command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: false });
    expect(resumePoint(result.state)).toBeUndefined();
  });

  it('goes on after other ERROR events with a pause, and with a list when they do not end', () => {
    const pods = open();
    for (const expected of ['watch', 'watch', 'list'] as const) {
      expect(pods.take(lines(status(500))).command.tag).toBe('wait');
      expect(pods.due().command.tag).toBe(expected);
      pods.take({ tag: 'opened' });
    }
    expect(pods.last.state).toMatchObject({ tag: 'listing', known: '10', page: { limit: 3 } });
  });

  it('honours the pause that an ERROR event asks for', () => {
    const { command } = open().take(lines(status(429, { details: { retryAfterSeconds: 4 } })));
    expect(command).toEqual({ tag: 'wait', untilMs: 1_000 + 4_000 + 250 });
  });

  it.each(['{"type":"ADDED","object":{"kind":"Pod","metada', 'null', '[]', '{"type":7}', '{"type":"ADDED"}', `${'['.repeat(9_999)}`])(
    'goes back to the last good event after the line %.40s, whatever follows it',
    (noise) => {
      const pods = open();
      const result = pods.take(lines(event('ADDED', 'a', '11'), noise, event('ADDED', 'b', '13')));
      expect(namesOf(result)).toEqual(['put a']);
      expect(result.command.tag).toBe('wait');
      expect(pods.due().command).toEqual({ tag: 'watch', resourceVersion: '11', renewToken: false });
    },
  );

  it('goes on at once after an end or a silent socket, when it stood for a while or told something', () => {
    const quiet = open();
    quiet.pass(9_000);
    expect(quiet.take({ tag: 'ended' }).command).toMatchObject({ tag: 'watch', resourceVersion: '10' });
    const silent = open();
    silent.pass(12_000);
    expect(silent.refuse({ tag: 'timeout', detail: '' }).command).toMatchObject({ tag: 'watch', resourceVersion: '10' });
    const brief = open();
    brief.take(lines(event('ADDED', 'a', '11')));
    expect(brief.refuse({ tag: 'unreachable', detail: '' }).command).toMatchObject({ tag: 'watch', resourceVersion: '11' });
  });

  it('pauses after a watch that ended at once without a word', () => {
    const pods = open();
    pods.pass(100);
    const first = pods.take({ tag: 'ended' });
    expect(first.command).toEqual({ tag: 'wait', untilMs: pods.nowMs + 500 });
    pods.due();
    pods.take({ tag: 'opened' });
    expect(pods.take({ tag: 'ended' }).command).toEqual({ tag: 'wait', untilMs: pods.nowMs + 1_000 });
  });

  it.each<Refusal>([{ tag: 'unreachable', detail: '' }, { tag: 'timeout', detail: '' }, throttled(), failing()])(
    'waits and goes on from where it was when its beginning is met by $tag',
    (refusal) => {
      const pods = machine('10');
      expect(pods.refuse(refusal).command.tag).toBe('wait');
      expect(pods.due().command).toEqual({ tag: 'watch', resourceVersion: '10', renewToken: false });
    },
  );

  it('never doubts its point because the server cannot be reached or throttles', () => {
    const pods = machine('10');
    for (let count = 0; count < 12; count++) {
      pods.refuse(count % 2 === 0 ? throttled() : { tag: 'unreachable', detail: '' });
      expect(pods.due().command.tag).toBe('watch');
    }
  });

  it('lists when the server refuses its point as none', () => {
    const pods = machine('10');
    pods.refuse({ tag: 'refused', status: 400 });
    expect(pods.due().command).toEqual({ tag: 'list', page: { limit: 3 }, renewToken: false });
  });

  it('reads the token again, once', () => {
    const pods = machine('10');
    expect(pods.refuse({ tag: 'unauthorized' }).command).toEqual({ tag: 'watch', resourceVersion: '10', renewToken: true });
    const failed = pods.refuse({ tag: 'unauthorized' });
    expect(failed).toMatchObject({ state: { tag: 'failed' }, command: { tag: 'stop' } });
    expect(resumePoint(failed.state)).toBe('10');
    const open = machine('10');
    open.refuse({ tag: 'unauthorized' });
    open.take({ tag: 'opened' });
    open.pass(9_000);
    open.take({ tag: 'ended' });
    expect(open.refuse({ tag: 'unauthorized' }).command).toMatchObject({ renewToken: true });
  });

  it('keeps its point where it may no longer read, and loses it where the kind is gone', () => {
    const forbidden = machine('10').refuse({ tag: 'forbidden' });
    expect([forbidden.changes, resumePoint(forbidden.state)]).toEqual([[], '10']);
    const gone = machine('10', ROUTES).refuse({ tag: 'missing' });
    expect([gone.changes, resumePoint(gone.state)]).toEqual([[{ tag: 'replace', kind: 'httpRoutes', objects: [] }], undefined]);
    const told = open(ROUTES).take(lines(line('ERROR', { code: 404 })));
    expect(told.changes).toEqual([{ tag: 'replace', kind: 'httpRoutes', objects: [] }]);
  });

  it('is at rest while it waits', () => {
    const pods = machine('10');
    const waiting = pods.refuse(throttled());
    expect(resumePoint(waiting.state)).toBe('10');
    for (const late of [lines(event('ADDED', 'a', '11')), page(['a'], '11'), { tag: 'ended' }, { tag: 'opened' }] as const) {
      expect(pods.take(late)).toMatchObject({ state: waiting.state, changes: [], command: { tag: 'read' } });
    }
  });
});

function machineAt(resourceVersion: string) {
  const pods = machine(resourceVersion);
  pods.take({ tag: 'opened' });
  return pods;
}
