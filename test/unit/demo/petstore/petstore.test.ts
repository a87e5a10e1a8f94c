import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DemoHandler, DemoResponse } from '../../../../src/demo/http.ts';
import { CONTROLLERS } from '../../../../src/demo/petstore/controllers.ts';
import { createDemoPetstore } from '../../../../src/demo/petstore/petstore.ts';
import { MAX_STORED } from '../../../../src/demo/petstore/state.ts';
import { header } from '../../../../src/lib/headers.ts';
import { OPERATIONS } from '../../../../src/petstore/operations.ts';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const fresh = (): DemoHandler<DemoResponse> => createDemoPetstore({ now: () => NOW });

/** `GET /pet/1?x=y`, below the base path, with a body as JSON or bytes. */
function ask(demo: DemoHandler<DemoResponse>, line: string, body?: unknown, type = 'application/json'): DemoResponse {
  const [method = '', target = ''] = line.split(' ', 2);
  const [path = '', query = ''] = target.split('?', 2);
  const bytes =
    body === undefined
      ? new Uint8Array(0)
      : body instanceof Uint8Array
        ? body
        : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  return demo({ method, path: `/api/v3${path}`, query, headers: body === undefined ? [] : [['Content-Type', type]], body: bytes });
}

const textOf = ({ body }: DemoResponse) => new TextDecoder().decode(body);
const jsonOf = (response: DemoResponse): unknown => JSON.parse(textOf(response));
const typeOf = ({ headers }: DemoResponse) => header(headers, 'content-type');

describe('the demo Petstore', () => {
  it('has a controller for each operation of the table and no other', () => {
    expect(Object.keys(CONTROLLERS).sort()).toEqual(OPERATIONS.map(({ name }) => name).sort());
  });

  it('starts with the sample data of the reference server, the same each time', () => {
    const ids = (status: string) =>
      (jsonOf(ask(fresh(), `GET /pet/findByStatus?status=${status}`)) as { id: number }[]).map(({ id }) => id);
    expect([ids('available'), ids('pending'), ids('sold')]).toEqual([[1, 2, 4, 7, 8, 9, 10], [3, 6], [5]]);
    expect(jsonOf(ask(fresh(), 'GET /store/inventory'))).toEqual({ placed: 100, approved: 50, delivered: 50 });
    expect(jsonOf(ask(fresh(), 'GET /store/order/3'))).toEqual({
      id: 3,
      petId: 1,
      quantity: 50,
      shipDate: '2026-11-21T10:00:00.000+00:00',
      status: 'delivered',
      complete: true,
    });
    expect(jsonOf(ask(fresh(), 'GET /user/user10'))).toMatchObject({ id: 10, username: 'user10', password: expect.any(String) });
  });

  it('keeps its state to itself', () => {
    const [one, other] = [fresh(), fresh()];
    ask(one, 'DELETE /pet/1');
    expect(ask(one, 'GET /pet/1').status).toBe(404);
    expect(ask(other, 'GET /pet/1').status).toBe(200);
  });

  it('finds a pet once for every tag that matches, and takes a repeated key', () => {
    const found = jsonOf(ask(fresh(), 'GET /pet/findByTags?tags=tag1&tags=tag2')) as { id: number }[];
    expect(found.map(({ id }) => id)).toEqual([1, 1, 2, 4, 4, 5, 7, 7, 8]);
    expect(jsonOf(ask(fresh(), 'GET /pet/findByTags?tags=tag1,tag2'))).toEqual([]);
  });
});

describe('the oddities of the reference server', () => {
  it('answers 404 with plain text that is labelled XML', () => {
    for (const line of ['GET /pet/404', 'GET /store/order/404', 'GET /user/nobody', 'POST /pet/404?name=x']) {
      const response = ask(fresh(), line);
      expect([response.status, typeOf(response)], line).toEqual([404, 'application/xml']);
      expect(textOf(response), line).toMatch(/^\w+ not found$/);
    }
    expect(ask(fresh(), 'PUT /pet', { id: 404, name: 'x' }).status).toBe(404);
    expect(ask(fresh(), 'PUT /user/nobody', { username: 'x' }).status).toBe(404);
    expect(ask(fresh(), 'POST /pet/404/uploadImage', new Uint8Array(1), 'application/octet-stream').status).toBe(404);
  });

  it('fails on a pet without an id, and takes one with nothing else', () => {
    const demo = fresh();
    expect(ask(demo, 'POST /pet', { name: 'x', photoUrls: [] }).status).toBe(500);
    expect(jsonOf(ask(demo, 'POST /pet', { id: 50 }))).toEqual({ id: 50, photoUrls: [], tags: [] });
    expect(jsonOf(ask(demo, 'GET /pet/50'))).toEqual({ id: 50, photoUrls: [], tags: [] });
  });

  it('says that it deleted what was never there', () => {
    expect(textOf(ask(fresh(), 'DELETE /pet/404'))).toBe('Pet deleted');
    expect(ask(fresh(), 'DELETE /store/order/404')).toMatchObject({ status: 200, body: new Uint8Array(0) });
    expect(ask(fresh(), 'DELETE /user/nobody')).toMatchObject({ status: 200, body: new Uint8Array(0) });
  });

  it('writes bare text under the label of JSON', () => {
    const login = ask(fresh(), 'GET /user/login?username=a&password=b');
    expect(typeOf(login)).toBe('application/json');
    expect(textOf(login)).toBe('Logged in user session: 1');
    expect(header(login.headers, 'x-rate-limit')).toBe('5000');
    expect(header(login.headers, 'x-expires-after')).toBe('Sat Nov 21 11:00:00 UTC 2026');
    expect(textOf(ask(fresh(), 'GET /user/logout'))).toBe('User logged out');
  });

  it('answers an upload with the pet, and puts a temporary file among its photos', () => {
    const demo = fresh();
    const response = ask(demo, 'POST /pet/1/uploadImage?additionalMetadata=x', new Uint8Array([1, 2]), 'application/octet-stream');
    expect(jsonOf(response)).toMatchObject({ id: 1, photoUrls: ['url1', 'url2', '/tmp/upload-1.tmp'] });
    expect(ask(demo, 'POST /pet/1/uploadImage').status).toBe(400);
    expect(ask(demo, 'POST /pet/1/uploadImage', new Uint8Array(1), 'image/png').status).toBe(415);
  });

  it('clears the status of a pet where only a name is given, and wants the name', () => {
    const demo = fresh();
    expect(jsonOf(ask(demo, 'POST /pet/5?name=Rex'))).not.toHaveProperty('status');
    expect(ask(demo, 'POST /pet/5?status=sold').status).toBe(400);
  });

  it('overwrites what has the same id or name, and moves it to the end', () => {
    const demo = fresh();
    ask(demo, 'POST /pet', { id: 1, name: 'New', status: 'available' });
    const ids = (jsonOf(ask(demo, 'GET /pet/findByStatus?status=available')) as { id: number }[]).map(({ id }) => id);
    expect(ids).toEqual([2, 4, 7, 8, 9, 10, 1]);
    ask(demo, 'POST /user', { username: 'user1' });
    expect(jsonOf(ask(demo, 'GET /user/user1'))).toEqual({ id: 0, username: 'user1', userStatus: 0 });
  });

  it('gives an order without an id the id 0, and each member its default', () => {
    const demo = fresh();
    expect(jsonOf(ask(demo, 'POST /store/order', {}))).toEqual({ id: 0, petId: 0, quantity: 0, complete: false });
    expect(jsonOf(ask(demo, 'GET /store/order/0'))).toEqual({ id: 0, petId: 0, quantity: 0, complete: false });
    expect(ask(demo, 'GET /store/inventory').status).toBe(200);
    expect(ask(demo, 'POST /store/order', { shipDate: 'tomorrow' }).status).toBe(400);
  });

  it('answers all the users of a list, though one is promised', () => {
    const users = [{ username: 'a' }, { username: 'b' }];
    expect(jsonOf(ask(fresh(), 'POST /user/createWithList', users))).toMatchObject(users);
    expect(ask(fresh(), 'POST /user/createWithList', []).status).toBe(400);
    expect(ask(fresh(), 'POST /user/createWithList', {}).status).toBe(400);
  });

  it('stays whole after a user without a name', () => {
    const demo = fresh();
    expect(ask(demo, 'POST /user', { firstName: 'x' }).status).toBe(500);
    expect(ask(demo, 'PUT /user/user1', {}).status).toBe(500);
    expect(ask(demo, 'GET /user/user1').status).toBe(200);
  });

  it('renames a user', () => {
    const demo = fresh();
    ask(demo, 'PUT /user/user1', { username: 'ann/é' });
    expect(ask(demo, 'GET /user/user1').status).toBe(404);
    expect(ask(demo, 'GET /user/ann%2F%C3%A9').status).toBe(200);
  });
});

describe('input that is wrong', () => {
  it.each([
    ['GET /pet/abc', 400],
    ['GET /pet/1.5', 400],
    ['GET /pet/99999999999999999999', 400],
    ['GET /pet/findByStatus?status=lost', 400],
    ['GET /pet/findByStatus', 400],
    ['GET /pet/findByTags', 400],
    ['DELETE /store/order/x', 400],
    ['POST /pet', 400],
    ['GET /pet/', 404],
    ['GET /nothing', 404],
    ['GET /', 404],
    ['GET /user/%ff', 404],
    ['PATCH /pet/1', 405],
    ['DELETE /store/inventory', 405],
    ['POST /openapi.json', 405],
  ])('%s is %i', (line, status) => {
    expect(ask(fresh(), line).status).toBe(status);
  });

  it.each(['{', 'null', '5', '[]', '"x"', '{"id":"x"}', '{"id":1,"tags":5}'])('a pet that is %s is refused', (body) => {
    expect(ask(fresh(), 'POST /pet', body).status).toBe(400);
  });

  it('tells a framework’s refusal in JSON, with code and message, and what methods there are', () => {
    const response = ask(fresh(), 'PATCH /pet/1');
    expect(jsonOf(response)).toEqual({ code: 405, message: expect.any(String) });
    expect(header(response.headers, 'allow')).toBe('GET, POST, DELETE');
  });

  it('speaks JSON alone', () => {
    expect(ask(fresh(), 'POST /pet', '<Pet/>', 'application/xml').status).toBe(415);
    expect(ask(fresh(), 'POST /pet', { id: 1 }, 'application/json; charset=utf-8').status).toBe(200);
  });

  it('is never answered with a crash', () => {
    const demo = fresh();
    const path = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...OPERATIONS.map((operation) => operation.path)),
      fc.tuple(fc.constantFrom('/pet/', '/user/', '/store/order/'), fc.string()).map((parts) => parts.join('')),
    );
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', '');
    const body = fc.oneof(
      fc.jsonValue().map((value) => new TextEncoder().encode(JSON.stringify(value))),
      fc.uint8Array(),
    );
    const type = fc.constantFrom('application/json', 'application/octet-stream', '');
    fc.assert(
      fc.property(method, path, fc.string(), body, type, (verb, target, query, bytes, contentType) => {
        const response = demo({ method: verb, path: `/api/v3${target}`, query, headers: [['content-type', contentType]], body: bytes });
        expect(response.status).toBeGreaterThanOrEqual(200);
        expect(response.status).toBeLessThanOrEqual(500);
      }),
      { numRuns: 500 },
    );
  });
});

describe('its limits', () => {
  it('makes room for the newest by dropping the oldest', () => {
    const demo = fresh();
    for (let id = 1_000; id < 1_000 + MAX_STORED; id++) ask(demo, 'POST /pet', { id, status: 'sold' });
    expect((jsonOf(ask(demo, 'GET /pet/findByStatus?status=sold')) as unknown[]).length).toBe(MAX_STORED);
    expect(ask(demo, 'GET /pet/1').status).toBe(404);
    ask(demo, 'POST /pet', { id: 1, status: 'sold' });
    expect(ask(demo, 'GET /pet/1000').status).toBe(404);
    expect(ask(demo, 'GET /pet/1001').status).toBe(200);
  });

  it('keeps the last hundred photos of a pet', () => {
    const demo = fresh();
    for (let count = 0; count < 120; count++) ask(demo, 'POST /pet/1/uploadImage', new Uint8Array(1), 'application/octet-stream');
    expect((jsonOf(ask(demo, 'GET /pet/1')) as { photoUrls: string[] }).photoUrls).toHaveLength(100);
  });

  it('refuses a body that is too large', () => {
    expect(ask(fresh(), 'POST /pet/1/uploadImage', new Uint8Array(4_194_305), 'application/octet-stream').status).toBe(413);
  });
});
