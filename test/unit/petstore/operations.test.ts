import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../../src/petstore/operations.ts';

describe('the operations table', () => {
  it('has the 19 operations in the order of the design, and no other', () => {
    expect(OPERATIONS.map(({ name, method, path }) => `${name} = ${method} ${path}`)).toEqual([
      'get_pet_find_by_status = GET /pet/findByStatus',
      'get_pet_find_by_tags = GET /pet/findByTags',
      'get_pet_pet_id = GET /pet/{petId}',
      'post_pet = POST /pet',
      'put_pet = PUT /pet',
      'post_pet_pet_id = POST /pet/{petId}',
      'delete_pet_pet_id = DELETE /pet/{petId}',
      'post_pet_pet_id_upload_image = POST /pet/{petId}/uploadImage',
      'get_store_inventory = GET /store/inventory',
      'post_store_order = POST /store/order',
      'get_store_order_order_id = GET /store/order/{orderId}',
      'delete_store_order_order_id = DELETE /store/order/{orderId}',
      'post_user = POST /user',
      'post_user_create_with_list = POST /user/createWithList',
      'get_user_login = GET /user/login',
      'get_user_logout = GET /user/logout',
      'get_user_username = GET /user/{username}',
      'put_user_username = PUT /user/{username}',
      'delete_user_username = DELETE /user/{username}',
    ]);
  });

  it('names each operation after its method and path', () => {
    for (const { name, method, path } of OPERATIONS) {
      const words = path
        .replace(/[{}]/g, '')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .replaceAll('/', '_')
        .toLowerCase();
      expect(name).toBe(`${method.toLowerCase()}${words}`);
    }
  });

  it('has a parameter for each part of a path, and each once', () => {
    for (const { name, path, parameters, group } of OPERATIONS) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(
        parameters.filter((parameter) => parameter.in === 'path').map((parameter) => parameter.name),
        name,
      ).toEqual(inPath);
      expect(new Set(parameters.map((parameter) => parameter.name)).size, name).toBe(parameters.length);
      expect(path.startsWith(`/${group}`), name).toBe(true);
    }
    expect(new Set(OPERATIONS.map(({ operationId }) => operationId)).size).toBe(OPERATIONS.length);
  });

  it('has a path that is written out before one whose parameter would take it in', () => {
    OPERATIONS.forEach((operation, index) => {
      const pattern = new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`);
      const later = OPERATIONS.slice(index + 1).filter(({ method, path }) => method === operation.method && pattern.test(path));
      expect(
        later.map(({ name }) => name),
        operation.name,
      ).toEqual([]);
    });
  });

  it('says of each what it does to the world', () => {
    const word = (name: string) => {
      const effect = OPERATIONS.find((operation) => operation.name === name)?.effect;
      return [effect?.readOnly && 'reads', effect?.destructive && 'destroys', effect?.idempotent && 'idempotent'].filter(Boolean).join(' ');
    };
    expect(Object.fromEntries(OPERATIONS.map(({ name }) => [name, word(name)]))).toEqual({
      get_pet_find_by_status: 'reads idempotent',
      get_pet_find_by_tags: 'reads idempotent',
      get_pet_pet_id: 'reads idempotent',
      post_pet: 'destroys',
      put_pet: 'destroys idempotent',
      post_pet_pet_id: 'destroys idempotent',
      delete_pet_pet_id: 'destroys idempotent',
      post_pet_pet_id_upload_image: '',
      get_store_inventory: 'reads idempotent',
      post_store_order: 'destroys',
      get_store_order_order_id: 'reads idempotent',
      delete_store_order_order_id: 'destroys idempotent',
      post_user: 'destroys',
      post_user_create_with_list: 'destroys',
      get_user_login: '',
      get_user_logout: 'idempotent',
      get_user_username: 'reads idempotent',
      put_user_username: 'destroys idempotent',
      delete_user_username: 'destroys idempotent',
    });
  });

  it('writes its reasons as sentences without an end, for error statuses alone', () => {
    for (const { name, reasons } of OPERATIONS) {
      for (const [status, reason] of Object.entries(reasons)) {
        expect(Number(status), name).toBeGreaterThanOrEqual(400);
        expect(reason, name).toMatch(/^[A-Z].*[^.]$/);
      }
    }
  });
});
