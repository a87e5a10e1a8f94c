import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../src/lib/errors.ts';
import { MAX_UPLOAD_BYTES, type Operation } from '../../../src/petstore/operation.ts';
import { OPERATIONS } from '../../../src/petstore/operations.ts';
import { type Arguments, buildRequest } from '../../../src/petstore/request.ts';
import { thrownBy } from '../../support/petstore.ts';

const CONNECTION = { baseUrl: 'http://petstore.test:8080/api/v3', apiKey: 'planted-key', token: 'planted-token' };

function operationNamed(name: string): Operation {
  const found = OPERATIONS.find((operation) => operation.name === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

/** The request as the tool would make it: through the operation's own schema. */
function build(name: string, args: Arguments) {
  const operation = operationNamed(name);
  return buildRequest(operation, operation.input.parse(args), CONNECTION);
}

const bodyText = (name: string, args: Arguments) => new TextDecoder().decode(build(name, args).body);

describe('a Petstore request', () => {
  it('repeats the key for each value of an array', () => {
    expect(build('get_pet_find_by_tags', { tags: ['a b', 'c,d', 'é'] }).url).toBe(
      'http://petstore.test:8080/api/v3/pet/findByTags?tags=a%20b&tags=c%2Cd&tags=%C3%A9',
    );
  });

  it('fills in the default that the schema shows', () => {
    expect(build('get_pet_find_by_status', {}).url).toMatch(/\/pet\/findByStatus\?status=available$/);
  });

  it('leaves out what was not given', () => {
    expect(build('post_pet_pet_id', { petId: 5, name: 'Rex' }).url).toMatch(/\/pet\/5\?name=Rex$/);
  });

  it.each([
    ['../../admin', '..%2F..%2Fadmin'],
    ['user?10', 'user%3F10'],
    ['a#b', 'a%23b'],
    ['a/b', 'a%2Fb'],
    ['%2e%2e', '%252e%252e'],
    ['ünï😀', '%C3%BCn%C3%AF%F0%9F%98%80'],
    ['a\r\nhost: evil', 'a%0D%0Ahost%3A%20evil'],
    ['{username}', '%7Busername%7D'],
    ['$&', '%24%26'],
  ])('keeps the user name %j within its segment', (username, segment) => {
    expect(build('get_user_username', { username }).url).toBe(`http://petstore.test:8080/api/v3/user/${segment}`);
  });

  it('stays on the path of its operation for every name that a schema lets through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (username) => {
        fc.pre(username !== '.' && username !== '..');
        const url = new URL(build('delete_user_username', { username }).url);
        expect(url.origin).toBe('http://petstore.test:8080');
        expect(url.search + url.hash).toBe('');
        expect(url.pathname).toMatch(/^\/api\/v3\/user\/[^/]+$/);
        expect(decodeURIComponent(url.pathname.slice('/api/v3/user/'.length))).toBe(username.toWellFormed());
      }),
    );
  });

  it.each(['.', '..', ''])('refuses the user name %j even where no schema was asked', (username) => {
    const thrown = thrownBy(() => buildRequest(operationNamed('delete_user_username'), { username }, CONNECTION));
    expect(thrown).toBeInstanceOf(MeshError);
    expect(thrown).toMatchObject({ code: 'invalid' });
  });

  it('sends JSON as JSON, with its content type, and asks for JSON alone', () => {
    const pet = { id: 7, name: 'Ré"x', photoUrls: ['u'], tags: [{ id: 1, name: 't' }], status: 'sold' };
    const { headers, method } = build('post_pet', { body: pet });
    expect(method).toBe('POST');
    expect(headers).toContainEqual(['content-type', 'application/json']);
    expect(headers).toContainEqual(['accept', 'application/json']);
    expect(JSON.parse(bodyText('post_pet', { body: pet }))).toEqual(pet);
    expect(build('get_pet_pet_id', { petId: 1 }).body).toBeUndefined();
    expect(build('get_pet_pet_id', { petId: 1 }).headers.map(([name]) => name)).not.toContain('content-type');
  });

  it('sends a list as a JSON array', () => {
    expect(JSON.parse(bodyText('post_user_create_with_list', { body: [{ username: 'a' }, { username: 'b' }] }))).toEqual([
      { username: 'a' },
      { username: 'b' },
    ]);
  });

  it('keeps the name of a user who is replaced, unless a new one is given', () => {
    expect(JSON.parse(bodyText('put_user_username', { username: 'u', body: { firstName: 'F' } }))).toEqual({
      username: 'u',
      firstName: 'F',
    });
    expect(JSON.parse(bodyText('put_user_username', { username: 'u', body: { username: 'v' } }))).toEqual({ username: 'v' });
  });

  it('sends a file as the very bytes that its base64 stands for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const request = build('post_pet_pet_id_upload_image', {
          petId: 1,
          file: Buffer.from(bytes).toString('base64'),
          contentType: 'image/png',
        });
        expect(request.body).toEqual(bytes);
        expect(request.headers).toContainEqual(['content-type', 'image/png']);
      }),
    );
    expect(build('post_pet_pet_id_upload_image', { petId: 1, file: 'AAAA' }).headers).toContainEqual([
      'content-type',
      'application/octet-stream',
    ]);
  });

  it('refuses a file that is not base64 or too large, and says so without its content', () => {
    const upload = (file: string) =>
      thrownBy(() => buildRequest(operationNamed('post_pet_pet_id_upload_image'), { petId: 1, file }, CONNECTION));
    expect(upload('planted secret')).toMatchObject({ code: 'invalid', message: expect.stringMatching(/^file: not base64/) });
    expect(String(upload('planted secret'))).not.toContain('planted');
    const tooLarge = Buffer.alloc(MAX_UPLOAD_BYTES + 1).toString('base64');
    expect(upload(tooLarge)).toMatchObject({ code: 'invalid', message: expect.stringContaining(String(MAX_UPLOAD_BYTES)) });
  });

  it('gives each operation the credentials that it takes and no others', () => {
    const sent = Object.fromEntries(
      OPERATIONS.map((operation) => {
        const args = { petId: 1, orderId: 1, username: 'u', body: {}, file: 'AAAA', contentType: 'x' };
        const { headers } = buildRequest(operation, args, CONNECTION);
        const names = headers.flatMap(([name, value]) =>
          name === 'api_key' && value === 'planted-key'
            ? ['key']
            : name === 'authorization' && value === 'Bearer planted-token'
              ? ['token']
              : [],
        );
        return [operation.name, names.join(' ')];
      }),
    );
    expect(sent).toEqual({
      get_pet_find_by_status: 'token',
      get_pet_find_by_tags: 'token',
      get_pet_pet_id: 'key token',
      post_pet: 'token',
      put_pet: 'token',
      post_pet_pet_id: 'token',
      delete_pet_pet_id: 'key token',
      post_pet_pet_id_upload_image: 'token',
      get_store_inventory: 'key',
      post_store_order: '',
      get_store_order_order_id: '',
      delete_store_order_order_id: '',
      post_user: '',
      post_user_create_with_list: '',
      get_user_login: '',
      get_user_logout: '',
      get_user_username: '',
      put_user_username: '',
      delete_user_username: '',
    });
    const bare = buildRequest(operationNamed('get_pet_pet_id'), { petId: 1 }, { ...CONNECTION, apiKey: '', token: '' });
    expect(bare.headers).toEqual([['accept', 'application/json']]);
  });
});
