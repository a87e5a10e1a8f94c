import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeshError } from '../../../../../src/lib/errors.ts';
import type { JsonObject } from '../../../../../src/lib/json.ts';
import { petstoreTools } from '../../../../../src/mcp/tools/petstore/tools.ts';
import { MAX_UPLOAD_BYTES } from '../../../../../src/petstore/operation.ts';
import { OPERATIONS } from '../../../../../src/petstore/operations.ts';
import { demoWorld, jsonAnswer, thrownBy, toolNamed, worldOf } from '../../../../support/petstore.ts';

const validator = new AjvJsonSchemaValidator();

/** Whether a value fits a tool's schema, judged as the SDK's client judges it. */
function fits(schema: JsonObject, value: unknown): boolean {
  return validator.getValidator(schema)(value).valid;
}

const REX = {
  id: 99,
  name: 'Rex',
  category: { id: 1, name: 'Dogs' },
  photoUrls: ['http://photos.test/rex'],
  tags: [{ id: 1, name: 'good' }],
  status: 'sold',
};
const FILE = Buffer.from([0x89, 0x50, 0x4e, 0x47]).toString('base64');

interface Example {
  readonly args: JsonObject;
  readonly structured: JsonObject;
  readonly text: string;
}

const DONE = { done: true };

/** A good call of each tool on the demo Petstore as it starts, and its whole answer. */
const GOOD: Readonly<Record<string, Example>> = {
  get_pet_find_by_status: {
    args: { status: 'sold' },
    structured: {
      pets: [
        {
          id: 5,
          name: 'Dog 2',
          category: { id: 1, name: 'Dogs' },
          photoUrls: ['url1', 'url2'],
          tags: [
            { id: 1, name: 'tag2' },
            { id: 2, name: 'tag3' },
          ],
          status: 'sold',
        },
      ],
      total: 1,
      truncated: false,
    },
    text: '1 pet.\nid  name   status  category  tags        photos\n5   Dog 2  sold    Dogs      tag2, tag3  2',
  },
  get_pet_find_by_tags: { args: { tags: ['no such tag'] }, structured: { pets: [], total: 0, truncated: false }, text: 'No pets.' },
  get_pet_pet_id: {
    args: { petId: 10 },
    structured: {
      id: 10,
      name: 'Rabbit 1',
      category: { id: 3, name: 'Rabbits' },
      photoUrls: ['url1', 'url2'],
      tags: [
        { id: 1, name: 'tag3' },
        { id: 2, name: 'tag4' },
      ],
      status: 'available',
    },
    text: 'Pet: 10\nName: Rabbit 1\nStatus: available\nCategory: Rabbits (3)\nTags: tag3 (1), tag4 (2)\nPhotos: url1, url2',
  },
  post_pet: {
    args: { body: REX },
    structured: REX,
    text: 'Pet: 99\nName: Rex\nStatus: sold\nCategory: Dogs (1)\nTags: good (1)\nPhotos: http://photos.test/rex',
  },
  put_pet: {
    args: { body: { id: 1, name: 'Tom' } },
    structured: { id: 1, name: 'Tom', photoUrls: [], tags: [] },
    text: 'Pet: 1\nName: Tom',
  },
  post_pet_pet_id: {
    args: { petId: 5, name: 'Dog II', status: 'pending' },
    structured: {
      id: 5,
      name: 'Dog II',
      category: { id: 1, name: 'Dogs' },
      photoUrls: ['url1', 'url2'],
      tags: [
        { id: 1, name: 'tag2' },
        { id: 2, name: 'tag3' },
      ],
      status: 'pending',
    },
    text: 'Pet: 5\nName: Dog II\nStatus: pending\nCategory: Dogs (1)\nTags: tag2 (1), tag3 (2)\nPhotos: url1, url2',
  },
  delete_pet_pet_id: { args: { petId: 1 }, structured: DONE, text: 'No pet has this id any more.' },
  post_pet_pet_id_upload_image: {
    args: { petId: 10, file: FILE, additionalMetadata: 'a photo' },
    structured: {
      pet: {
        id: 10,
        name: 'Rabbit 1',
        category: { id: 3, name: 'Rabbits' },
        photoUrls: ['url1', 'url2', '/tmp/upload-1.tmp'],
        tags: [
          { id: 1, name: 'tag3' },
          { id: 2, name: 'tag4' },
        ],
        status: 'available',
      },
    },
    text: 'Uploaded.\nPet: 10\nName: Rabbit 1\nStatus: available\nCategory: Rabbits (3)\nTags: tag3 (1), tag4 (2)\nPhotos: url1, url2, /tmp/upload-1.tmp',
  },
  get_store_inventory: {
    args: {},
    structured: { inventory: { placed: 100, approved: 50, delivered: 50 } },
    text: '3 statuses.\nstatus     quantity\nplaced     100\napproved   50\ndelivered  50',
  },
  post_store_order: {
    args: { body: { id: 7, petId: 1, shipDate: '2030-01-31T12:00:00+01:00' } },
    structured: { id: 7, petId: 1, quantity: 1, shipDate: '2030-01-31T11:00:00.000+00:00', status: 'placed', complete: false },
    text: 'Order: 7\nPet: 1\nQuantity: 1\nShips: 2030-01-31T11:00:00.000+00:00\nStatus: placed\nComplete: no',
  },
  get_store_order_order_id: {
    args: { orderId: 2 },
    structured: { id: 2, petId: 1, quantity: 50, shipDate: '2026-11-21T10:00:00.000+00:00', status: 'approved', complete: true },
    text: 'Order: 2\nPet: 1\nQuantity: 50\nShips: 2026-11-21T10:00:00.000+00:00\nStatus: approved\nComplete: yes',
  },
  delete_store_order_order_id: { args: { orderId: 2 }, structured: DONE, text: 'No order has this id any more.' },
  post_user: {
    args: { body: { username: 'ann', password: 'planted', userStatus: 2 } },
    structured: { id: 0, username: 'ann', userStatus: 2 },
    text: 'User: ann\nId: 0\nStatus: 2',
  },
  post_user_create_with_list: {
    args: { body: [{ username: 'ann', email: 'a@b.test', password: 'planted' }, { username: 'bob' }] },
    structured: {
      users: [
        { id: 0, username: 'ann', email: 'a@b.test', userStatus: 0 },
        { id: 0, username: 'bob', userStatus: 0 },
      ],
    },
    text: '2 users.\nusername  id  first name  last name  email\nann       0   -           -          a@b.test\nbob       0   -           -          -',
  },
  get_user_login: {
    args: { username: 'user1', password: 'planted' },
    structured: { message: 'Logged in user session: 1', rateLimit: 5000, expiresAfter: 'Sat Nov 21 11:00:00 UTC 2026' },
    text: 'The Petstore says: Logged in user session: 1\nCalls allowed in an hour: 5000\nThe session ends: Sat Nov 21 11:00:00 UTC 2026',
  },
  get_user_logout: { args: {}, structured: DONE, text: 'Logged out.' },
  get_user_username: {
    args: { username: 'user2' },
    structured: {
      id: 2,
      username: 'user2',
      firstName: 'first name 2',
      lastName: 'last name 2',
      email: 'user2@example.com',
      phone: '555-0100',
      userStatus: 2,
    },
    text: 'User: user2\nId: 2\nFirst name: first name 2\nLast name: last name 2\nEmail: user2@example.com\nPhone: 555-0100\nStatus: 2',
  },
  put_user_username: { args: { username: 'user2', body: { firstName: 'Ann' } }, structured: DONE, text: 'The user is replaced.' },
  delete_user_username: { args: { username: 'user2' }, structured: DONE, text: 'No user has this name any more.' },
};

/** Bad arguments for each tool, and what its error must name. */
const BAD: Readonly<Record<string, readonly (readonly [args: unknown, words: string])[]>> = {
  get_pet_find_by_status: [
    [{ status: 'lost' }, 'status: Invalid option'],
    [{ status: ['sold'] }, 'status'],
    [{ status: 'sold', limit: 5 }, 'Unrecognized key: "limit"'],
    [{ cursor: 'x' }, 'cursor'],
    [{ cursor: '-1' }, 'cursor'],
    [[], 'expected object'],
    ['sold', 'expected object'],
  ],
  get_pet_find_by_tags: [
    [{}, 'tags'],
    [{ tags: [] }, 'tags'],
    [{ tags: 'tag1' }, 'tags'],
    [{ tags: [1] }, 'tags.0'],
    [{ tags: [''] }, 'tags.0'],
    [{ tags: Array.from({ length: 21 }, () => 't') }, 'tags'],
  ],
  get_pet_pet_id: [
    [{}, 'petId'],
    [{ petId: '5' }, 'petId'],
    [{ petId: 1.5 }, 'petId: Invalid input: expected a whole number'],
    [{ petId: 2 ** 53 }, 'petId'],
    [{ petId: Number.NaN }, 'petId'],
    [{ petId: '../user/user1' }, 'petId'],
    [{ petId: null }, 'petId'],
    [{ id: 5 }, 'Unrecognized key: "id"'],
  ],
  post_pet: [
    [{}, 'body'],
    [REX, 'body'],
    [{ body: {} }, 'body.name'],
    [{ body: { ...REX, status: 'lost' } }, 'body.status'],
    [{ body: { ...REX, tags: ['good'] } }, 'body.tags.0'],
    [{ body: { ...REX, color: 'red' } }, 'body: Unrecognized key: "color"'],
    [{ body: { ...REX, category: { name: 'x', other: 1 } } }, 'body.category'],
    [{ body: { ...REX, photoUrls: Array.from({ length: 101 }, () => 'u') } }, 'body.photoUrls'],
    [{ body: JSON.stringify(REX) }, 'body'],
  ],
  put_pet: [
    [{ body: { name: 'Rex' } }, 'body.id'],
    [{ body: { id: 1 } }, 'body.name'],
    [{ body: { id: 1, name: '' } }, 'body.name'],
  ],
  post_pet_pet_id: [
    [{ petId: 1 }, 'name'],
    [{ petId: 1, name: 'x', status: 'lost' }, 'status'],
    [{ name: 'x' }, 'petId'],
    [{ petId: 1, name: 'x'.repeat(201) }, 'name'],
  ],
  delete_pet_pet_id: [
    [{}, 'petId'],
    [{ petId: true }, 'petId'],
    [{ petId: 1, api_key: 'k' }, 'Unrecognized key: "api_key"'],
  ],
  post_pet_pet_id_upload_image: [
    [{ petId: 1 }, 'file'],
    [{ petId: 1, file: '' }, 'file'],
    [{ petId: 1, file: 'not base64!' }, 'file: not base64'],
    [{ petId: 1, file: FILE, contentType: 'text/html' }, 'contentType'],
    [{ petId: 1, file: FILE, contentType: 'image/png\r\nhost: evil' }, 'contentType'],
    [{ petId: 1, file: 'A'.repeat(Math.ceil((MAX_UPLOAD_BYTES + 3) / 3) * 4) }, 'file'],
    [{ file: FILE }, 'petId'],
  ],
  get_store_inventory: [[{ status: 'placed' }, 'Unrecognized key: "status"']],
  post_store_order: [
    [{ body: {} }, 'body.petId'],
    [{ body: { petId: 1, quantity: 'one' } }, 'body.quantity'],
    [{ body: { petId: 1, shipDate: 'tomorrow' } }, 'body.shipDate'],
    [{ body: { petId: 1, shipDate: '2030-13-45T00:00:00Z' } }, 'body.shipDate'],
    [{ body: { petId: 1, status: 'lost' } }, 'body.status'],
    [{ body: { petId: 1, complete: 'yes' } }, 'body.complete'],
  ],
  get_store_order_order_id: [
    [{}, 'orderId'],
    [{ orderId: '1' }, 'orderId'],
  ],
  delete_store_order_order_id: [
    [{}, 'orderId'],
    [{ orderId: 0.1 }, 'orderId'],
  ],
  post_user: [
    [{ body: {} }, 'body.username'],
    [{ body: { username: 5 } }, 'body.username'],
    [{ body: { username: 'a', userStatus: 'active' } }, 'body.userStatus'],
    [{ body: { username: 'a', admin: true } }, 'Unrecognized key: "admin"'],
  ],
  post_user_create_with_list: [
    [{ body: [] }, 'body'],
    [{ body: { username: 'a' } }, 'body'],
    [{ body: [{ username: 'a' }, {}] }, 'body.1.username'],
    [{ body: Array.from({ length: 101 }, () => ({ username: 'a' })) }, 'body'],
  ],
  get_user_login: [
    [{ username: 'a' }, 'password'],
    [{ password: 'planted' }, 'username'],
    [{ username: '', password: 'planted' }, 'username'],
  ],
  get_user_logout: [[{ username: 'user1' }, 'Unrecognized key: "username"']],
  get_user_username: [
    [{}, 'username'],
    [{ username: '' }, 'username'],
    [{ username: '.' }, 'username'],
    [{ username: '..' }, 'username: Invalid input: no URL can name this user'],
    [{ username: 7 }, 'username'],
  ],
  put_user_username: [
    [{ username: 'a' }, 'body'],
    [{ username: '..', body: {} }, 'username'],
    [{ username: 'a', body: { username: '' } }, 'body.username'],
  ],
  delete_user_username: [
    [{}, 'username'],
    [{ username: '..' }, 'username'],
    [{ username: 'x'.repeat(201) }, 'username'],
  ],
};

describe('the Petstore tools', () => {
  it('are one for each operation, in the order of the table, with an example and bad input for each', () => {
    const names = OPERATIONS.map(({ name }) => name);
    expect(petstoreTools.map(({ name }) => name)).toEqual(names);
    expect(names).toHaveLength(19);
    expect(Object.keys(GOOD)).toEqual(names);
    expect(Object.keys(BAD)).toEqual(names);
  });

  it('are all of the toolset and say what they do', () => {
    for (const { name, toolset, title, description, annotations } of petstoreTools) {
      expect(toolset, name).toBe('petstore');
      expect(title, name).toMatch(/^[A-Z].+[^.]$/);
      expect(description, name).toMatch(/^[A-Z][\s\S]{20,}\.$/);
      expect(
        Object.values(annotations).map((hint) => typeof hint),
        name,
      ).toEqual(['boolean', 'boolean', 'boolean', 'boolean']);
    }
    expect(toolNamed('delete_pet_pet_id').annotations).toEqual({
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: true,
      openWorldHint: true,
    });
    expect(petstoreTools.filter(({ annotations }) => annotations.readOnlyHint).map(({ name }) => name)).toEqual([
      'get_pet_find_by_status',
      'get_pet_find_by_tags',
      'get_pet_pet_id',
      'get_store_inventory',
      'get_store_order_order_id',
      'get_user_username',
    ]);
  });

  it('are for readers where they only read, else for those who may change', () => {
    for (const { name, role, annotations } of petstoreTools) expect(role, name).toBe(annotations.readOnlyHint ? 'viewer' : 'operator');
  });

  it('have schemas that are closed objects with one type for each value', () => {
    const problems: string[] = [];
    const check = (schema: unknown, where: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      if ('type' in schema && Array.isArray(schema.type)) problems.push(`${where}: an array of types`);
      if ('properties' in schema && !('additionalProperties' in schema)) problems.push(`${where}: open`);
      for (const [key, inner] of Object.entries(schema)) check(inner, `${where}.${key}`);
    };
    for (const { name, inputSchema, outputSchema } of petstoreTools) {
      expect(inputSchema, name).toMatchObject({ type: 'object' });
      expect(outputSchema, name).toMatchObject({ type: 'object' });
      check(inputSchema, `${name} input`);
      check(outputSchema, `${name} output`);
    }
    expect(problems).toEqual([]);
  });

  it('have schemas that turn wrong values away', () => {
    for (const { name, outputSchema } of petstoreTools) expect(fits(outputSchema, { unknown: 1 }), name).toBe(false);
    expect(fits(toolNamed('get_pet_pet_id').outputSchema, { id: 'x' })).toBe(false);
    expect(fits(toolNamed('get_pet_pet_id').inputSchema, { petId: 1.5 })).toBe(false);
  });

  it('describe every argument', () => {
    for (const { name, inputSchema } of petstoreTools) {
      const { properties = {} } = inputSchema;
      for (const [argument, schema] of Object.entries(properties as JsonObject)) {
        expect(schema, `${name} ${argument}`).toMatchObject({ description: expect.stringMatching(/^[A-Z]/) });
      }
    }
  });
});

describe.each(petstoreTools.map(({ name }) => name))('%s', (name) => {
  const example = GOOD[name];
  if (example === undefined) throw new Error(`no example of ${name}`);
  const { args, structured, text } = example;

  it('answers from the demo Petstore, in words and in data that fit its schemas', () => {
    const tool = toolNamed(name);
    expect(fits(tool.inputSchema, args)).toBe(true);
    const answer = demoWorld().run(name, args);
    expect(answer.structured).toStrictEqual(structured);
    expect(answer.text).toBe(text);
    expect(fits(tool.outputSchema, answer.structured)).toBe(true);
    expect(JSON.parse(JSON.stringify(answer.structured))).toStrictEqual(answer.structured);
    expect(JSON.stringify(answer)).not.toMatch(/planted|demo-password/);
  });

  it.each(BAD[name] ?? [])('refuses %j before it asks anybody', (bad, words) => {
    const world = demoWorld();
    const thrown = thrownBy(() => toolNamed(name).call(bad, world.call));
    expect(thrown).toBeInstanceOf(MeshError);
    expect(thrown).toMatchObject({ code: 'invalid', message: expect.stringContaining(words) });
    expect(String(thrown)).not.toContain('planted');
    expect(world.http.requests).toEqual([]);
  });

  it('takes any arguments without throwing anything but a MeshError', () => {
    const world = demoWorld();
    const keys = fc.constantFrom('petId', 'orderId', 'username', 'status', 'tags', 'body', 'file', 'name', 'password', 'cursor', 'x');
    const values = fc.oneof(
      fc.integer(),
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
      fc.constantFrom('available', 'user1', 1, FILE, REX),
    );
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(keys, values), fc.anything()), (anything) => {
        try {
          const answer = toolNamed(name).call(anything, world.call);
          expect(fits(toolNamed(name).outputSchema, answer.structured)).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(MeshError);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the tools together', () => {
  it('see what the others did', () => {
    const { run } = demoWorld();
    run('post_pet', { body: REX });
    expect(run('get_pet_pet_id', { petId: 99 }).structured).toStrictEqual(REX);
    expect(run('get_pet_find_by_tags', { tags: ['good', 'tag1'] }).structured).toMatchObject({ total: 4 });
    run('post_pet_pet_id', { petId: 99, name: 'Rexy', status: 'available' });
    expect(run('get_pet_find_by_status', {}).text).toContain('Rexy');
    run('delete_pet_pet_id', { petId: 99 });
    expect(thrownBy(() => run('get_pet_pet_id', { petId: 99 }))).toMatchObject({ code: 'invalid', message: 'No pet has this id (404).' });

    run('post_store_order', { body: { id: 7, petId: 1, quantity: 5 } });
    expect(run('get_store_inventory').structured).toMatchObject({ inventory: { placed: 105 } });
    run('delete_store_order_order_id', { orderId: 7 });
    expect(thrownBy(() => run('get_store_order_order_id', { orderId: 7 }))).toMatchObject({ message: 'No order has this id (404).' });

    run('put_user_username', { username: 'user1', body: { firstName: 'Ann' } });
    expect(run('get_user_username', { username: 'user1' }).structured).toEqual({
      id: 0,
      username: 'user1',
      firstName: 'Ann',
      userStatus: 0,
    });
    run('put_user_username', { username: 'user1', body: { username: 'a/b?c=é' } });
    expect(run('get_user_username', { username: 'a/b?c=é' }).structured).toMatchObject({ username: 'a/b?c=é' });
    expect(thrownBy(() => run('get_user_username', { username: 'user1' }))).toMatchObject({ message: 'No user has this name (404).' });
  });

  it('tell the failures of the reference server apart', () => {
    const { run } = demoWorld();
    expect(thrownBy(() => run('post_pet', { body: { name: 'Rex' } }))).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/no id \(500\)/),
    });
    expect(thrownBy(() => run('put_pet', { body: { id: 404, name: 'x' } }))).toMatchObject({
      code: 'invalid',
      message: 'No pet has this id (404).',
    });
    expect(thrownBy(() => run('post_pet_pet_id_upload_image', { petId: 1, file: FILE, contentType: 'image/png' }))).toMatchObject({
      message: 'The Petstore does not take this content type (415).',
    });
  });

  it('never write a line about what they were told', () => {
    const world = worldOf(() => jsonAnswer({ username: 'planted-name' }));
    world.run('post_user', { body: { username: 'planted-user', password: 'planted-password' } });
    thrownBy(() => world.run('get_user_login', { username: 'planted-user', password: 'planted-password' }));
    expect(JSON.stringify(world.lines)).not.toContain('planted');
  });
});
