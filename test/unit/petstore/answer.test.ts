import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../src/petstore/answer.ts';
import { OPERATIONS } from '../../../src/petstore/operations.ts';
import type { HttpResponse } from '../../../src/ports/http.ts';
import { answered, jsonAnswer } from '../../support/petstore.ts';

function read(name: string, response: HttpResponse) {
  const operation = OPERATIONS.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return readAnswer(operation, response);
}

function dataOf(name: string, response: HttpResponse): unknown {
  const result = read(name, response);
  if (result.tag === 'misfit') throw new Error(result.words);
  return result.answer.data;
}

describe('an answer', () => {
  it('holds the members that the API names and nothing else', () => {
    const pet = {
      id: 1,
      name: 'Rex',
      category: { id: 2, name: 'Dogs', secret: 'x' },
      photoUrls: ['u'],
      tags: [{ id: 3, name: 't', secret: 'x' }],
      status: 'sold',
      secret: 'x',
      ['__proto__']: { status: 'pending' },
    };
    expect(dataOf('get_pet_pet_id', jsonAnswer(pet))).toStrictEqual({
      id: 1,
      name: 'Rex',
      category: { id: 2, name: 'Dogs' },
      photoUrls: ['u'],
      tags: [{ id: 3, name: 't' }],
      status: 'sold',
    });
  });

  it('takes null for absent, and a status or a lack that the description does not know', () => {
    expect(dataOf('get_pet_pet_id', jsonAnswer({ id: 1, name: null, category: null, status: 'borrowed' }))).toStrictEqual({
      id: 1,
      status: 'borrowed',
    });
  });

  it('leaves out numbers that are too large to be exact, and says so', () => {
    const result = read('get_pet_find_by_status', answered(200, '[{"id":9223372036854775807,"name":"big"},{"id":1,"name":"small"}]'));
    expect(result).toMatchObject({ tag: 'answer', inexact: true, answer: { data: { pets: [{ name: 'big' }, { id: 1, name: 'small' }] } } });
    expect(JSON.stringify(result)).not.toContain('9223372036854775');
    expect(read('get_pet_pet_id', jsonAnswer({ id: Number.MAX_SAFE_INTEGER }))).toMatchObject({ inexact: false });
  });

  it('is an empty list where there is nothing', () => {
    expect(dataOf('get_pet_find_by_tags', jsonAnswer([]))).toEqual({ pets: [] });
    expect(dataOf('get_store_inventory', jsonAnswer({}))).toEqual({ inventory: {} });
  });

  it('has each pet once, however many tags matched, and keeps pets without an id', () => {
    expect(dataOf('get_pet_find_by_tags', jsonAnswer([{ id: 1 }, { id: 2 }, { id: 1 }, { name: 'a' }, { name: 'a' }]))).toEqual({
      pets: [{ id: 1 }, { id: 2 }, { name: 'a' }, { name: 'a' }],
    });
  });

  it('is refused as a whole where one item is wrong', () => {
    for (const bad of [[{ id: 1 }, 5], [{ id: 1 }, {}], [{ id: 'x' }], [null], { id: 1 }]) {
      expect(read('get_pet_find_by_status', jsonAnswer(bad)), JSON.stringify(bad)).toMatchObject({ tag: 'misfit' });
    }
    for (const bad of [{ placed: 'many' }, { placed: 1.5 }, [1], { ['x'.repeat(101)]: 1 }]) {
      expect(read('get_store_inventory', jsonAnswer(bad)), JSON.stringify(bad)).toMatchObject({ tag: 'misfit' });
    }
  });

  it('keeps the whole items of a list that was cut', () => {
    const cut: HttpResponse = { ...answered(200, '[{"id":1,"name":"a"},{"id":2,"na'), truncated: true };
    expect(read('get_pet_find_by_status', cut)).toMatchObject({ partial: true, answer: { data: { pets: [{ id: 1, name: 'a' }] } } });
    expect(read('get_pet_pet_id', { ...jsonAnswer({ id: 1 }), truncated: true })).toMatchObject({ tag: 'misfit' });
  });

  it('never holds a password', () => {
    const user = { username: 'u', password: 'planted' };
    for (const [name, body] of [
      ['get_user_username', user],
      ['post_user', user],
      ['post_user_create_with_list', [user, user]],
      ['put_user_username', user],
    ] as const) {
      expect(JSON.stringify(read(name, jsonAnswer(body))), name).not.toContain('planted');
    }
    expect(dataOf('get_user_username', jsonAnswer(user))).toEqual({ username: 'u' });
  });

  it('is a list of users whether the Petstore answers all or one', () => {
    expect(dataOf('post_user_create_with_list', jsonAnswer([{ id: 1 }, { id: 2 }]))).toEqual({ users: [{ id: 1 }, { id: 2 }] });
    expect(dataOf('post_user_create_with_list', jsonAnswer({ id: 2 }))).toEqual({ users: [{ id: 2 }] });
  });

  it('to an upload is the message that is promised, or the pet that really comes', () => {
    const name = 'post_pet_pet_id_upload_image';
    expect(dataOf(name, jsonAnswer({ code: 200, type: 'ok', message: 'done' }))).toEqual({ code: 200, type: 'ok', message: 'done' });
    expect(dataOf(name, jsonAnswer({ id: 1, photoUrls: ['u'] }))).toEqual({ pet: { id: 1, photoUrls: ['u'] } });
    expect(read(name, jsonAnswer({ other: 1 }))).toMatchObject({ tag: 'misfit' });
  });

  it('to what promises no content is done, whatever the body', () => {
    for (const name of [
      'delete_pet_pet_id',
      'delete_store_order_order_id',
      'delete_user_username',
      'get_user_logout',
      'put_user_username',
    ]) {
      for (const body of ['', 'Pet deleted', '<xml/>', '{"password":"x"}']) {
        expect(dataOf(name, answered(200, body)), name).toStrictEqual({ done: true });
        expect(dataOf(name, answered(204, body)), name).toStrictEqual({ done: true });
      }
    }
  });
});

describe('a session', () => {
  const login = (body: string, headers: HttpResponse['headers'] = []) => dataOf('get_user_login', answered(200, body, headers));

  it('is the bare text of the reference server, or the JSON string that is promised', () => {
    expect(login('Logged in user session: 17\n')).toEqual({ message: 'Logged in user session: 17' });
    expect(login('"Logged in: \\"17\\""')).toEqual({ message: 'Logged in: "17"' });
    expect(login('17')).toEqual({ message: '17' });
  });

  it('has the headers that mean something', () => {
    expect(
      login('ok', [
        ['x-rate-limit', '5000'],
        ['X-EXPIRES-AFTER', 'Wed Oct 21 07:28:00 UTC 2015'],
        ['x-other', 'planted'],
      ]),
    ).toStrictEqual({ message: 'ok', rateLimit: 5000, expiresAfter: 'Wed Oct 21 07:28:00 UTC 2015' });
    expect(
      login('ok', [
        ['x-rate-limit', 'many'],
        ['x-expires-after', ''],
      ]),
    ).toStrictEqual({ message: 'ok' });
    expect(login('ok', [['x-expires-after', 'x'.repeat(5_000)]])).toStrictEqual({ message: 'ok', expiresAfter: 'x'.repeat(100) });
  });

  it.each(['<html>login</html>', '{"token":"planted"}', '["planted"]', 'x'.repeat(1_001)])(
    'is no markup, no object and no page: %.20s',
    (body) => {
      const result = read('get_user_login', answered(200, body));
      expect(result).toMatchObject({ tag: 'misfit' });
      expect(JSON.stringify(result)).not.toContain('planted');
    },
  );
});
