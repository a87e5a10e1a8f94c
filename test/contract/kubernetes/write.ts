import { expect, it } from 'vitest';
import { at, type Client, expectStatus, type Members, versionOf } from './api.ts';

const PORTS = { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] };

/** Writes of Kubernetes' own kinds, on Services. */
export function writeTests(client: () => Client): void {
  const services = () => `/api/v1/namespaces/${client().api.scratch}/services`;
  const accounts = () => `/api/v1/namespaces/${client().api.scratch}/serviceaccounts`;
  const service = (name: string, more: Members = {}): Members => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: PORTS,
    ...more,
  });

  it('makes an object, fills in what the server knows, and gives it back when it is deleted', async () => {
    const made = await client().wrote(201, 'POST', services(), service('made', { metadata: { name: 'made', labels: { app: 'made' } } }));
    expect(made).toMatchObject({
      kind: 'Service',
      apiVersion: 'v1',
      metadata: { name: 'made', namespace: client().api.scratch, labels: { app: 'made' }, uid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      spec: { type: 'ClusterIP', clusterIP: expect.stringMatching(/^10\./), ...PORTS },
    });
    expect(at(made, 'metadata', 'creationTimestamp')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(at(made, 'metadata', 'managedFields')).toMatchObject([
      {
        manager: 'contract',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } } },
      },
    ]);
    expect(await client().json(`${services()}/made`)).toEqual(made);
    const gone = await client().wrote(200, 'DELETE', `${services()}/made`);
    expect(gone).toMatchObject({ kind: 'Service', metadata: { name: 'made', uid: at(made, 'metadata', 'uid') } });
    await expectStatus(client().get(`${services()}/made`), 404, 'NotFound');
  });

  it('only tries what is marked as a dry run', async () => {
    const tried = await client().wrote(201, 'POST', `${services()}?dryRun=All`, service('tried'));
    expect(tried).toMatchObject({ metadata: { name: 'tried', uid: expect.any(String) }, spec: { type: 'ClusterIP' } });
    expect(tried.metadata).not.toHaveProperty('resourceVersion');
    await expectStatus(client().get(`${services()}/tried`), 404, 'NotFound');

    const kept = await client().wrote(201, 'POST', services(), service('kept'));
    const patched = await client().wrote(200, 'PATCH', `${services()}/kept?dryRun=All`, { metadata: { labels: { a: 'b' } } });
    expect(patched).toMatchObject({ metadata: { labels: { a: 'b' }, resourceVersion: versionOf(kept) } });
    await client().wrote(200, 'PUT', `${services()}/kept?dryRun=All`, {
      ...kept,
      metadata: { ...(kept.metadata as Members), labels: { c: 'd' } },
    });
    await client().wrote(200, 'DELETE', `${services()}/kept?dryRun=All`);
    await client().wrote(200, 'DELETE', `${services()}/kept`, { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] });
    expect(await client().json(`${services()}/kept`)).toEqual(kept);
    // Where there is a body, the query counts for nothing: this is no dry run.
    await client().wrote(200, 'DELETE', `${services()}/kept?dryRun=All`, { apiVersion: 'v1', kind: 'DeleteOptions' });
    await expectStatus(client().get(`${services()}/kept`), 404, 'NotFound');
    const refusal = await expectStatus(client().write('POST', `${services()}?dryRun=Some`, service('tried')), 422, 'Invalid');
    expect(at(refusal, 'details', 'causes')).toMatchObject([{ reason: 'FieldValueNotSupported', field: 'dryRun' }]);
  });

  it('refuses an object without a name, with a bad one, of another namespace, of none, or that is there', async () => {
    const noName = await expectStatus(client().write('POST', accounts(), { metadata: {} }), 422, 'Invalid');
    expect(noName).toMatchObject({
      message: 'ServiceAccount "" is invalid: metadata.name: Required value: name or generateName is required',
      details: {
        kind: 'ServiceAccount',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value: name or generateName is required', field: 'metadata.name' }],
      },
    });
    const badName = await expectStatus(client().write('POST', services(), service('Bad_Name')), 422, 'Invalid');
    expect(at(badName, 'details', 'causes')).toMatchObject([{ reason: 'FieldValueInvalid', field: 'metadata.name' }]);
    const elsewhere = service('x', { metadata: { name: 'x', namespace: 'elsewhere' } });
    await expectStatus(client().write('POST', services(), elsewhere), 400, 'BadRequest');
    const nowhere = await expectStatus(
      client().write('POST', '/api/v1/namespaces/no-such-namespace/services', service('x')),
      404,
      'NotFound',
    );
    expect(nowhere.message).toBe('namespaces "no-such-namespace" not found');
    await client().wrote(201, 'POST', services(), service('twice'));
    const twice = await expectStatus(client().write('POST', services(), service('twice')), 409, 'AlreadyExists');
    expect(twice.message).toBe('services "twice" already exists');
    await client().wrote(200, 'DELETE', `${services()}/twice`);
  });

  it('refuses a body that is no object, in no form that it knows, and a method that does not fit', async () => {
    await expectStatus(client().write('POST', services(), '{"metadata":'), 400, 'BadRequest');
    await expectStatus(client().write('POST', services(), 'x', { type: 'text/plain' }), 415, 'UnsupportedMediaType');
    await expectStatus(client().write('POST', `${services()}/named`, service('named')), 405, 'MethodNotAllowed');
  });

  it('replaces an object in the state that is named, and no other', async () => {
    const made = await client().wrote(201, 'POST', services(), service('replaced'));
    const metadata = made.metadata as Members;
    const next = await client().wrote(200, 'PUT', `${services()}/replaced`, { ...made, metadata: { ...metadata, labels: { a: 'b' } } });
    expect(next).toMatchObject({
      metadata: { labels: { a: 'b' }, uid: metadata.uid, creationTimestamp: metadata.creationTimestamp },
    });
    expect(Number(versionOf(next))).toBeGreaterThan(Number(versionOf(made)));
    const stale = await expectStatus(
      client().write('PUT', `${services()}/replaced`, { ...made, metadata: { ...metadata, labels: { c: 'd' } } }),
      409,
      'Conflict',
    );
    expect(stale).toMatchObject({
      message:
        'Operation cannot be fulfilled on services "replaced": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'replaced', kind: 'services' },
    });
    expect(await client().json(`${services()}/replaced`)).toEqual(next);
    // Whoever names no state takes them all.
    const blind = await client().wrote(
      200,
      'PUT',
      `${services()}/replaced`,
      service('replaced', { metadata: { name: 'replaced', labels: { e: 'f' } } }),
    );
    expect(at(blind, 'metadata', 'labels')).toEqual({ e: 'f' });
    await expectStatus(client().write('PUT', `${services()}/replaced`, service('other')), 400, 'BadRequest');
    await client().wrote(200, 'DELETE', `${services()}/replaced`);
  });

  it('merges lists by their keys when they are applied, and says which item of another manager a change would touch', async () => {
    const target = `${services()}/shared`;
    const port = (number: number, name: string) => service('shared', { spec: { ports: [{ port: number, name, protocol: 'TCP' }] } });
    const first = await client().apply(target, 'one', port(80, 'http'));
    expect(first.status).toBe(201);
    expect(at(JSON.parse(first.body), 'metadata', 'managedFields')).toMatchObject([
      {
        manager: 'one',
        operation: 'Apply',
        fieldsV1: {
          'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} } } },
        },
      },
    ]);
    const both = await client().apply(target, 'two', port(81, 'grpc'));
    expect(at(JSON.parse(both.body), 'spec', 'ports')).toMatchObject([
      { port: 80, name: 'http' },
      { port: 81, name: 'grpc' },
    ]);
    const refusal = await expectStatus(client().apply(target, 'two', port(80, 'web')), 409, 'Conflict');
    expect(refusal.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.ports[port=80,protocol="TCP"].name');
    const left = await client().apply(target, 'two', service('shared', { metadata: { name: 'shared', labels: { a: 'b' } }, spec: {} }));
    expect(at(JSON.parse(left.body), 'spec', 'ports')).toMatchObject([{ port: 80, name: 'http' }]);
    await client().wrote(200, 'DELETE', target);
  });

  it('refuses to apply a list in which an item is there twice', async () => {
    const ports = ['http', 'web'].map((name) => ({ port: 80, protocol: 'TCP', name }));
    const answer = await client().apply(`${services()}/twice`, 'one', service('twice', { spec: { ports } }));
    expect(answer.status).toBe(500);
    expect(at(JSON.parse(answer.body), 'message')).toBe(
      'failed to create typed patch object (/twice; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
    );
  });

  it('says 404 when it is asked to change or delete what is not there', async () => {
    const account = { metadata: { name: 'absent' } };
    await expectStatus(client().write('PUT', `${accounts()}/absent`, account), 404, 'NotFound');
    await expectStatus(client().write('PATCH', `${accounts()}/absent`, {}), 404, 'NotFound');
    await expectStatus(client().write('DELETE', `${accounts()}/absent`), 404, 'NotFound');
  });

  it('makes a Service by replacing it, as one of few kinds', async () => {
    await client().wrote(201, 'PUT', `${services()}/put`, service('put'));
    await client().wrote(200, 'DELETE', `${services()}/put`);
  });

  it('refuses writes to who may only read', async () => {
    const { api } = client();
    const headers = [...api.reader, ['content-type', 'application/json']] as const;
    const answer = api.ask({ method: 'POST', target: services(), headers, body: JSON.stringify(service('x')) });
    const refusal = await expectStatus(answer, 403, 'Forbidden');
    expect(refusal.message).toMatch(
      /^services is forbidden: User ".*" cannot create resource "services" in API group "" in the namespace "/,
    );
  });
}
