import { beforeAll, describe, expect, it } from 'vitest';
import { at, type Client, expectStatus, keyOf, METADATA, METADATA_LIST, members, versionOf } from './api.ts';

const FINISHED = 'fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed';
const PORTS = { ports: [{ name: 'http', port: 80 }] };

export function watchTests(client: () => Client): void {
  const services = () => `/api/v1/namespaces/${client().api.scratch}/services`;
  const pods = () => `/api/v1/namespaces/${client().api.scratch}/pods`;
  const key = (name: string) => `${client().api.scratch}/${name}`;

  it('tells what is added, modified and deleted after a state, in that order, with ever newer states', async () => {
    const { resourceVersion } = await client().list(services());
    const watch = await client().watch(`${services()}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=30`);
    const made = await client().wrote(201, 'POST', services(), { metadata: { name: 'told' }, spec: PORTS });
    const changed = await client().wrote(200, 'PATCH', `${services()}/told`, { metadata: { labels: { a: 'b' } } });
    await client().wrote(200, 'DELETE', `${services()}/told`);
    const [added, modified, deleted] = [await watch.next(), await watch.next(), await watch.next()];
    watch.close();
    expect(added).toMatchObject({
      type: 'ADDED',
      key: key('told'),
      resourceVersion: versionOf(made),
      object: { kind: 'Service', apiVersion: 'v1' },
    });
    expect(modified).toMatchObject({ type: 'MODIFIED', key: key('told'), resourceVersion: versionOf(changed) });
    expect(modified?.object).toEqual(changed);
    // As it was last, in the state that it left.
    expect(deleted).toMatchObject({ type: 'DELETED', key: key('told'), object: { metadata: { labels: { a: 'b' } } } });
    expect(Number(deleted?.resourceVersion)).toBeGreaterThan(Number(modified?.resourceVersion));
  });

  it('tells what happened before it was asked, from the state that it is asked from', async () => {
    const { resourceVersion } = await client().list(services());
    await client().wrote(201, 'POST', services(), { metadata: { name: 'before' }, spec: PORTS });
    const changed = await client().wrote(200, 'PATCH', `${services()}/before`, { metadata: { labels: { a: 'b' } } });
    const all = await client().watch(`${services()}?watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=30`);
    expect([await all.next(), await all.next()]).toMatchObject([{ type: 'ADDED' }, { type: 'MODIFIED' }]);
    all.close();
    const later = await client().watch(`${services()}?watch=true&resourceVersion=${versionOf(changed)}&timeoutSeconds=30`);
    await client().wrote(200, 'DELETE', `${services()}/before`);
    expect(await later.next()).toMatchObject({ type: 'DELETED', key: key('before') });
    later.close();
  });

  it('begins with all that is there when no state is named', async () => {
    const target = `/api/v1/namespaces/${client().api.namespace}/services`;
    const { items } = await client().list(target);
    const watch = await client().watch(`${target}?watch=1&timeoutSeconds=30`);
    for (const item of items)
      expect(await watch.next()).toMatchObject({ type: 'ADDED', key: keyOf(item), resourceVersion: versionOf(item) });
    watch.close();
  });

  it('marks the end of that by a bookmark, for who may be sent one', async () => {
    const target = `/api/v1/namespaces/${client().api.namespace}/services`;
    const { items, resourceVersion } = await client().list(target);
    for (const how of ['resourceVersion=0', 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan']) {
      const watch = await client().watch(`${target}?watch=1&allowWatchBookmarks=true&timeoutSeconds=30&${how}`);
      for (const _ of items) expect(await watch.next()).toMatchObject({ type: 'ADDED' });
      const mark = await watch.next();
      watch.close();
      expect(mark).toMatchObject({
        type: 'BOOKMARK',
        key: '',
        object: { kind: 'Service', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      });
      expect(Number(mark?.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
    }
  });

  it('ends when its time is over, with a bookmark shortly before that names the last state', async () => {
    const { resourceVersion } = await client().list(services());
    const watch = await client().watch(
      `${services()}?watch=1&resourceVersion=${resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=4`,
    );
    const made = await client().wrote(201, 'POST', services(), { metadata: { name: 'marked' }, spec: PORTS });
    const events = await watch.rest();
    await client().wrote(200, 'DELETE', `${services()}/marked`);
    expect(events[0]).toMatchObject({ type: 'ADDED', key: key('marked') });
    const marks = events.slice(1);
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) {
      expect(mark).toMatchObject({ type: 'BOOKMARK', key: '', object: { kind: 'Service', apiVersion: 'v1' } });
      expect(Number(mark.resourceVersion)).toBeGreaterThanOrEqual(Number(versionOf(made)));
    }
    const onward = await client().watch(`${services()}?watch=1&resourceVersion=${marks.at(-1)?.resourceVersion}&timeoutSeconds=30`);
    expect(await onward.next()).toMatchObject({ type: 'DELETED', key: key('marked') });
    onward.close();
  });

  it('sends no bookmarks to who does not want them, and ends in time', async () => {
    const { resourceVersion } = await client().list(services());
    const watch = await client().watch(`${services()}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=3`);
    expect(await watch.rest()).toEqual([]);
  });

  it('says 410 in the stream, and ends, when a state is forgotten', async () => {
    const watch = await client().watch(`${services()}?watch=1&resourceVersion=${client().api.ancientResourceVersion}&timeoutSeconds=30`);
    const events = await watch.rest();
    expect(events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 } },
    ]);
    expect(events[0]?.object.message).toMatch(/^too old resource version: \d+ \(\d+\)$/);
  });

  it('gives the metadata alone to who asks for that of one object, bookmarks included, and nothing to who asks for a list', async () => {
    const { resourceVersion } = await client().list(services());
    const query = `watch=1&resourceVersion=${resourceVersion}&allowWatchBookmarks=true&timeoutSeconds=4`;
    const watch = await client().watch(`${services()}?${query}`, METADATA);
    const asList = await client().watch(`${services()}?${query}`, METADATA_LIST);
    const made = await client().wrote(201, 'POST', services(), { metadata: { name: 'partly' }, spec: PORTS });
    await client().wrote(200, 'DELETE', `${services()}/partly`);
    const [added, deleted, ...marks] = await watch.rest();
    const form = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };
    expect(added).toMatchObject({ type: 'ADDED' });
    expect(added?.object).toEqual({ ...form, metadata: made.metadata });
    expect(deleted).toMatchObject({ type: 'DELETED', object: form });
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) expect(mark).toMatchObject({ type: 'BOOKMARK', object: form });
    expect(await asList.rest()).toEqual([]);
  });

  it('tells of one namespace alone', async () => {
    const { resourceVersion } = await client().list('/api/v1/services');
    const elsewhere = await client().watch(
      `/api/v1/namespaces/${client().api.namespace}/services?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=3`,
    );
    await client().wrote(201, 'POST', services(), { metadata: { name: 'elsewhere' }, spec: PORTS });
    await client().wrote(200, 'DELETE', `${services()}/elsewhere`);
    expect(await elsewhere.rest()).toEqual([]);
  });

  it('takes what comes into its labels for added and what leaves them for deleted', async () => {
    const { resourceVersion } = await client().list(services());
    const watch = await client().watch(
      `${services()}?watch=1&labelSelector=seen%3Dyes&resourceVersion=${resourceVersion}&timeoutSeconds=30`,
    );
    await client().wrote(201, 'POST', services(), { metadata: { name: 'seen' }, spec: PORTS });
    await client().wrote(200, 'PATCH', `${services()}/seen`, { metadata: { labels: { seen: 'yes' } } });
    const left = await client().wrote(200, 'PATCH', `${services()}/seen`, { metadata: { labels: { seen: 'no', why: 'left' } } });
    await client().wrote(200, 'DELETE', `${services()}/seen`);
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { labels: { seen: 'yes' } } } });
    const gone = await watch.next();
    watch.close();
    // As it was when it was last in the selection.
    expect(gone).toMatchObject({ type: 'DELETED', resourceVersion: versionOf(left), object: { metadata: { labels: { seen: 'yes' } } } });
    expect(at(gone?.object, 'metadata', 'labels')).toEqual({ seen: 'yes' });
  });

  describe('of pods that are not finished', () => {
    beforeAll(async () => {
      await client().write('POST', `/api/v1/namespaces/${client().api.scratch}/serviceaccounts`, { metadata: { name: 'default' } });
    });

    it('takes one that finishes for deleted, though it is there', async () => {
      const spec = { containers: [{ name: 'app', image: 'demo.example.com/app:1' }] };
      const { resourceVersion } = await client().list(pods());
      const watch = await client().watch(`${pods()}?watch=1&${FINISHED}&resourceVersion=${resourceVersion}&timeoutSeconds=30`, METADATA);
      await client().wrote(201, 'POST', pods(), { metadata: { name: 'worker', labels: { app: 'worker' } }, spec });
      const running = await client().wrote(200, 'PATCH', `${pods()}/worker/status`, { status: { phase: 'Running' } });
      const done = await client().wrote(200, 'PATCH', `${pods()}/worker/status`, { status: { phase: 'Succeeded' } });
      expect(at(done, 'status', 'phase')).toBe('Succeeded');
      expect(at(done, 'metadata', 'generation')).toBe(at(running, 'metadata', 'generation'));
      const events = [await watch.nextChange(), await watch.nextChange(), await watch.nextChange()];
      watch.close();
      expect(events).toMatchObject([
        { type: 'ADDED', key: key('worker') },
        { type: 'MODIFIED', key: key('worker') },
        { type: 'DELETED', key: key('worker'), resourceVersion: versionOf(done) },
      ]);
      const found = await client().list(pods());
      expect(found.items.map(keyOf)).toContain(key('worker'));
      await client().write('DELETE', `${pods()}/worker?gracePeriodSeconds=0`);
    });
  });

  it('refuses what makes no sense', async () => {
    await expectStatus(client().get(`${services()}?watch=1&resourceVersion=1&resourceVersionMatch=NotOlderThan`), 422, 'Invalid');
    await expectStatus(client().get(`${services()}?watch=1&sendInitialEvents=true`), 422, 'Invalid');
    await expectStatus(client().get(`${services()}?watch=1&timeoutSeconds=soon`), 400, 'BadRequest');
    await expectStatus(client().get(`${services()}?watch=1&fieldSelector=status.phase%3DRunning`), 400, 'BadRequest');
    const badState = await client().get(`${services()}?watch=1&resourceVersion=abc`);
    expect(badState.status).toBe(500);
    expect(members(JSON.parse(badState.body))).toMatchObject({ kind: 'Status', status: 'Failure', code: 500 });
  });
}
