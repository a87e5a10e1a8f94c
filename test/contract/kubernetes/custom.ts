import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { at, type Client, expectStatus, type Members, members, versionOf } from './api.ts';

/** A kind that a CustomResourceDefinition brings, with what its schema says. */
interface CustomKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly spec: Members;
  /** The field of `spec` that is changed, another value for it, and the path to it in conflicts. */
  readonly field: string;
  readonly other: unknown;
  readonly path: string;
  /** What belongs to who applies `spec`. */
  readonly owned: Members;
  /** A member of `spec` that may not be missing. */
  readonly required?: string;
}

const linkerdRef = (kind: string, name: string) => ({ group: 'policy.linkerd.io', kind, name });

const KINDS: readonly CustomKind[] = [
  {
    group: 'policy.linkerd.io',
    version: 'v1alpha1',
    resource: 'authorizationpolicies',
    kind: 'AuthorizationPolicy',
    spec: { targetRef: linkerdRef('Server', 'web'), requiredAuthenticationRefs: [linkerdRef('MeshTLSAuthentication', 'web')] },
    field: 'targetRef',
    other: linkerdRef('Server', 'api'),
    path: '.spec.targetRef.name',
    owned: { 'f:requiredAuthenticationRefs': {}, 'f:targetRef': { 'f:group': {}, 'f:kind': {}, 'f:name': {} } },
    required: 'targetRef',
  },
  {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    resource: 'httproutes',
    kind: 'HTTPRoute',
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }],
      // Complete, so that no default comes in between.
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
        },
      ],
    },
    field: 'parentRefs',
    other: [{ group: '', kind: 'Service', name: 'api', port: 80 }],
    path: '.spec.parentRefs',
    owned: { 'f:parentRefs': {}, 'f:rules': {} },
  },
  {
    group: 'security.istio.io',
    version: 'v1',
    resource: 'authorizationpolicies',
    kind: 'AuthorizationPolicy',
    spec: { action: 'ALLOW', selector: { matchLabels: { app: 'web' } }, rules: [{ from: [{ source: { namespaces: ['bank'] } }] }] },
    field: 'action',
    other: 'DENY',
    path: '.spec.action',
    owned: { 'f:action': {}, 'f:rules': {}, 'f:selector': { 'f:matchLabels': { 'f:app': {} } } },
  },
];

/** Writes of custom resources: what the product's changing tools rely on. */
export function customTests(client: () => Client): void {
  describe.each(KINDS)('$kind of $group', ({ group, version, resource, kind, spec, field, other, path, owned, required }) => {
    const collection = () => `/apis/${group}/${version}/namespaces/${client().api.scratch}/${resource}`;
    const apiVersion = `${group}/${version}`;
    const object = (name: string, more: Members = {}): Members => ({ apiVersion, kind, metadata: { name }, spec, ...more });
    const changed = (name: string): Members => object(name, { spec: { ...spec, [field]: other } });

    let served = false;
    beforeAll(async () => {
      served = (await client().get(`/apis/${group}/${version}`)).status === 200;
    });
    /** A test that needs the kind. */
    const test = (name: string, run: () => Promise<void>): void => {
      it(name, async ({ skip }: TestContext) => {
        skip(!served, `the API server does not serve ${apiVersion}: the CustomResourceDefinitions are not installed`);
        await run();
      });
    };

    test('is listed with its kind in every item, and not selected by its own fields', async () => {
      await client().wrote(201, 'POST', collection(), object('listed'));
      const list = await client().list(collection());
      expect(list).toMatchObject({ kind: `${kind}List`, apiVersion });
      for (const item of list.items) expect(item).toMatchObject({ kind, apiVersion });
      await expectStatus(client().get(`${collection()}?fieldSelector=spec.${field}%3Dx`), 400, 'BadRequest');
      const gone = await client().wrote(200, 'DELETE', `${collection()}/listed`);
      expect(gone).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'listed', group, kind: resource } });
    });

    test('is made by server-side apply, and left alone when the same is applied again', async () => {
      const target = `${collection()}/applied`;
      const first = await client().apply(target, 'one', object('applied'));
      expect(first.status, first.body).toBe(201);
      const made = members(JSON.parse(first.body));
      expect(made).toMatchObject({ kind, apiVersion, metadata: { generation: 1 } });
      expect(at(made, 'metadata', 'managedFields')).toEqual([
        {
          manager: 'one',
          operation: 'Apply',
          apiVersion,
          time: at(made, 'metadata', 'creationTimestamp'),
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': owned },
        },
      ]);
      const again = await client().apply(target, 'one', object('applied'));
      expect(again.status).toBe(200);
      expect(JSON.parse(again.body)).toEqual(made);
      await client().wrote(200, 'DELETE', target);
    });

    test('leaves nothing behind when it is only tried', async () => {
      const target = `${collection()}/tried`;
      const { resourceVersion } = await client().list(collection());
      const watch = await client().watch(`${collection()}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1`);
      const tried = await client().apply(target, 'one', object('tried'), '&dryRun=All');
      expect(tried.status, tried.body).toBe(201);
      expect(JSON.parse(tried.body)).toMatchObject({ kind, spec, metadata: { name: 'tried', generation: 1 } });
      await expectStatus(client().get(target), 404, 'NotFound');
      expect(await watch.rest()).toEqual([]);
    });

    test('says whose field a change would touch, and takes it when it is forced to', async () => {
      const target = `${collection()}/contested`;
      await client().apply(target, 'one', object('contested'));
      const refusal = await expectStatus(client().apply(target, 'two', changed('contested')), 409, 'Conflict');
      expect(refusal).toMatchObject({
        message: `Apply failed with 1 conflict: conflict with "one": ${path}`,
        details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: path }] },
      });
      expect(at(await client().json(target), 'spec', field)).toEqual(spec[field]);
      const tried = await client().apply(target, 'two', changed('contested'), '&force=true&dryRun=All');
      expect(at(JSON.parse(tried.body), 'spec', field)).toEqual(other);
      expect(at(await client().json(target), 'spec', field)).toEqual(spec[field]);
      const forced = await client().apply(target, 'two', changed('contested'), '&force=true');
      expect(forced.status).toBe(200);
      const taken = members(JSON.parse(forced.body));
      expect(taken).toMatchObject({ spec: { [field]: other }, metadata: { generation: 2 } });
      const managers = at(taken, 'metadata', 'managedFields') as Members[];
      expect(managers.map(({ manager }) => manager)).toEqual(['one', 'two']);
      // The one who was overruled keeps the rest, and meets the other now.
      const back = await expectStatus(client().apply(target, 'one', object('contested')), 409, 'Conflict');
      expect(back.message).toBe(`Apply failed with 1 conflict: conflict with "two": ${path}`);
      await client().wrote(200, 'DELETE', target);
    });

    test('lets two managers share what they agree on, and keeps it until both have let it go', async () => {
      const target = `${collection()}/agreed`;
      await client().apply(target, 'one', object('agreed', { metadata: { name: 'agreed', labels: { a: 'b' } } }));
      const shared = await client().apply(target, 'two', object('agreed', { metadata: { name: 'agreed', labels: { a: 'b' } } }));
      expect(shared.status, shared.body).toBe(200);
      const one = await client().apply(target, 'one', object('agreed'));
      expect(at(JSON.parse(one.body), 'metadata', 'labels')).toEqual({ a: 'b' });
      const two = await client().apply(target, 'two', object('agreed'));
      expect(at(JSON.parse(two.body), 'metadata')).not.toHaveProperty('labels');
      await client().wrote(200, 'DELETE', target);
    });

    test('meets the plain update of another as a conflict that names the version', async () => {
      const target = `${collection()}/updated`;
      await client().apply(target, 'one', object('updated'));
      await client().wrote(200, 'PATCH', `${target}?fieldManager=hand`, { spec: { [field]: other } });
      const refusal = await expectStatus(client().apply(target, 'one', object('updated')), 409, 'Conflict');
      expect(refusal.message).toBe(`Apply failed with 1 conflict: conflict with "hand" using ${apiVersion}: ${path}`);
      await client().wrote(200, 'DELETE', target);
    });

    test('counts changes of its specification, not of its labels, and not what changes nothing', async () => {
      const target = `${collection()}/counted`;
      const made = await client().wrote(201, 'POST', collection(), object('counted'));
      const labelled = await client().wrote(200, 'PATCH', target, { metadata: { labels: { a: 'b' } } });
      expect(at(labelled, 'metadata', 'generation')).toBe(1);
      const patched = await client().wrote(200, 'PATCH', target, { spec: { [field]: other } });
      expect(at(patched, 'metadata', 'generation')).toBe(2);
      const same = await client().wrote(200, 'PATCH', target, { spec: { [field]: other } });
      expect(same).toEqual(patched);
      expect(at(patched, 'metadata', 'uid')).toBe(at(made, 'metadata', 'uid'));
      const unlabelled = await client().wrote(200, 'PATCH', target, { metadata: { labels: null } });
      expect(at(unlabelled, 'metadata')).not.toHaveProperty('labels');
      await client().wrote(200, 'DELETE', target);
    });

    test('is changed by a JSON Patch that fits, and not by one that does not', async () => {
      const target = `${collection()}/patched`;
      const made = await client().wrote(201, 'POST', collection(), object('patched'));
      const type = 'application/json-patch+json';
      const replace = [{ op: 'replace', path: `/spec/${field}`, value: other }];
      const patched = await client().wrote(200, 'PATCH', target, [{ op: 'test', path: `/spec/${field}`, value: spec[field] }, ...replace], {
        type,
      });
      expect(at(patched, 'spec', field)).toEqual(other);
      await expectStatus(
        client().write('PATCH', target, [{ op: 'test', path: `/spec/${field}`, value: spec[field] }], { type }),
        422,
        'Invalid',
      );
      await expectStatus(client().write('PATCH', target, [{ op: 'remove', path: '/spec/nothing' }], { type }), 422, 'Invalid');
      await expectStatus(client().write('PATCH', target, { op: 'remove' }, { type }), 400, 'BadRequest');
      const stale = [
        { op: 'replace', path: '/metadata/resourceVersion', value: versionOf(made) },
        { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
      ];
      await expectStatus(client().write('PATCH', target, stale, { type }), 409, 'Conflict');
      expect(await client().json(target)).toEqual(patched);
      await client().wrote(200, 'DELETE', target);
    });

    test('is replaced only in the state that is named', async () => {
      const target = `${collection()}/replaced`;
      const made = await client().wrote(201, 'POST', collection(), object('replaced'));
      const nameless = await expectStatus(client().write('PUT', target, changed('replaced')), 422, 'Invalid');
      expect(at(nameless, 'details', 'causes')).toMatchObject([{ field: 'metadata.resourceVersion' }]);
      const next = await client().wrote(200, 'PUT', target, { ...made, spec: { ...spec, [field]: other } });
      const stale = await expectStatus(client().write('PUT', target, made), 409, 'Conflict');
      expect(stale).toMatchObject({
        message: `Operation cannot be fulfilled on ${resource}.${group} "replaced": the object has been modified; please apply your changes to the latest version and try again`,
        details: { name: 'replaced', group, kind: resource },
      });
      const gone = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion: versionOf(made) } };
      await expectStatus(client().write('DELETE', target, gone), 409, 'Conflict');
      expect(await client().json(target)).toEqual(next);
      await client().wrote(200, 'DELETE', target);
    });

    test('warns of fields that it does not have, or refuses them', async () => {
      const target = `${collection()}?dryRun=All`;
      const odd = object('odd', { spec: { ...spec, nonsense: 1 } });
      const warned = await client().write('POST', target, odd);
      expect(warned.status, warned.body).toBe(201);
      expect(new Map(warned.headers).get('warning')).toBe('299 - "unknown field \\"spec.nonsense\\""');
      expect(at(JSON.parse(warned.body), 'spec')).not.toHaveProperty('nonsense');
      const strict = await expectStatus(client().write('POST', `${target}&fieldValidation=Strict`, odd), 400, 'BadRequest');
      expect(strict.message).toContain('strict decoding error: unknown field "spec.nonsense"');
      const applied = await client().apply(`${collection()}/odd`, 'one', odd, '&dryRun=All');
      expect(applied.status).toBe(500);
      expect(at(JSON.parse(applied.body), 'message')).toBe(
        `failed to create typed patch object (/odd; ${apiVersion}, Kind=${kind}): .spec.nonsense: field not declared in schema`,
      );
    });

    test('is refused without what it must have, of another kind, and by nobody', async () => {
      if (required !== undefined) {
        const { [required]: _, ...less } = spec;
        const cause = { reason: 'FieldValueRequired', message: 'Required value', field: `spec.${required}` };
        const created = await expectStatus(
          client().write('POST', `${collection()}?dryRun=All`, object('less', { spec: less })),
          422,
          'Invalid',
        );
        expect(created).toMatchObject({
          message: `${kind}.${group} "less" is invalid: spec.${required}: Required value`,
          details: { causes: [cause] },
        });
        const applied = client().apply(`${collection()}/less`, 'one', object('less', { spec: less }), '&dryRun=All');
        expect(await expectStatus(applied, 422, 'Invalid')).toMatchObject({ details: { causes: [cause] } });
      }
      await expectStatus(client().write('POST', collection(), object('wrong', { kind: 'Wrong' })), 422, 'Invalid');
      await expectStatus(client().apply(`${collection()}/wrong`, 'one', object('wrong', { kind: 'Wrong' })), 400, 'BadRequest');
      await expectStatus(client().apply(`${collection()}/wrong`, 'one', object('other')), 400, 'BadRequest');
      const nobody = await expectStatus(client().apply(`${collection()}/nobody`, '', object('nobody')), 422, 'Invalid');
      expect(at(nobody, 'details', 'causes')).toMatchObject([{ reason: 'FieldValueRequired', field: 'fieldManager' }]);
    });
  });
}
