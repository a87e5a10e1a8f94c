import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describe as describeError, type ErrorCode, MeshError } from '../../../src/lib/errors.ts';
import { MAX_ANSWER_BYTES } from '../../../src/petstore/client.ts';
import { OPERATIONS } from '../../../src/petstore/operations.ts';
import { HttpFailure, type HttpFailureReason, type HttpResponse } from '../../../src/ports/http.ts';
import { answered, jsonAnswer, ORIGIN, thrownBy, type Upstream, type World, worldOf } from '../../support/petstore.ts';

const PET = { id: 5, name: 'Rex', photoUrls: [], tags: [] };
const SECRETS = { PETSTORE_API_KEY: 'planted-key', PETSTORE_TOKEN: 'planted-token' };

/** Answers one after the other; the last one again and again. */
function inTurn(...answers: readonly (HttpResponse | HttpFailure)[]): Upstream {
  let at = 0;
  return () => answers[Math.min(at++, answers.length - 1)] ?? answered(500);
}

const failing = (reason: HttpFailureReason) => new HttpFailure(reason, 'the detail of the host');

/** One call of each sort: a read, one that may be tried twice, one that may not. */
const GET = ['get_pet_pet_id', { petId: 5 }] as const;
const DELETE = ['delete_pet_pet_id', { petId: 5 }] as const;
const POST = ['post_pet', { body: { id: 5, name: 'Rex' } }] as const;

function failureOf(world: World, [name, args]: typeof GET | typeof DELETE | typeof POST): MeshError {
  const thrown = thrownBy(() => world.run(name, args));
  if (!(thrown instanceof MeshError)) throw thrown;
  return thrown;
}

describe('a status that is an error', () => {
  it.each([
    [400, 'invalid', 'The Petstore does not take this as the id of a pet (400).'],
    [404, 'invalid', 'No pet has this id (404).'],
    [401, 'denied', 'The Petstore does not let this server do that; whoever runs it can set PETSTORE_API_KEY or PETSTORE_TOKEN (401).'],
    [403, 'denied', 'The Petstore does not let this server do that; whoever runs it can set PETSTORE_API_KEY or PETSTORE_TOKEN (403).'],
    [409, 'conflict', 'The Petstore says that this conflicts with what it has (409).'],
    [418, 'invalid', 'The Petstore refuses this (418).'],
    [429, 'unavailable', 'The Petstore asks for fewer calls (429).'],
    [500, 'unavailable', 'The Petstore failed (500).'],
    [503, 'unavailable', 'The Petstore is out of service for the moment (503).'],
  ])('%i is %s, with a reason of ours', (status, code, message) => {
    const world = worldOf(() => answered(status, 'planted words of the upstream'));
    expect(failureOf(world, GET)).toMatchObject({ code, message });
  });

  it('has the reasons of the operation', () => {
    expect(thrownBy(() => worldOf(() => answered(404)).run('get_user_username', { username: 'x' }))).toMatchObject({
      message: 'No user has this name (404).',
    });
    expect(thrownBy(() => worldOf(() => answered(404)).run('get_store_inventory'))).toMatchObject({
      message: expect.stringContaining('PETSTORE_URL'),
    });
    expect(
      failureOf(
        worldOf(() => answered(500)),
        POST,
      ).message,
    ).toContain('no id');
  });

  it('never tells a credential that the operation does not take', () => {
    expect(thrownBy(() => worldOf(() => answered(401)).run('get_user_logout'))).toMatchObject({
      code: 'denied',
      message: 'The Petstore does not let this server do that (401).',
    });
  });

  it('is unavailable and never a crash where the status is none that anybody knows', () => {
    for (const status of [100, 199, 304, 600, 999]) {
      expect(
        failureOf(
          worldOf(() => answered(status)),
          GET,
        ),
      ).toMatchObject({ code: 'unavailable', message: expect.stringContaining(String(status)) });
    }
  });
});

describe('no answer', () => {
  it.each<[HttpFailureReason, ErrorCode, RegExp]>([
    ['timeout', 'unavailable', /did not answer within 10000 ms/],
    ['unreachable', 'unavailable', /cannot be reached.*PETSTORE_URL/],
    ['protocol', 'unavailable', /does not speak HTTP/],
    ['forbidden', 'denied', /add petstore\.test:8080 to the workload's allowedHosts/],
  ])('%s is %s and says what to do', (reason, code, words) => {
    const failure = failureOf(
      worldOf(() => failing(reason)),
      GET,
    );
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(words);
    expect(failure.message).not.toContain('detail of the host');
    expect(describeError(failure)).toContain('detail of the host');
  });

  it('advises when to try again where that may help', () => {
    expect(
      failureOf(
        worldOf(() => failing('timeout')),
        GET,
      ).retryAfterMs,
    ).toBe(5_000);
    expect(
      failureOf(
        worldOf(() => failing('unreachable')),
        GET,
      ).retryAfterMs,
    ).toBe(5_000);
    expect(
      failureOf(
        worldOf(() => failing('forbidden')),
        GET,
      ).retryAfterMs,
    ).toBeUndefined();
  });

  it('warns that a call may have been carried out, unless it may be repeated', () => {
    const warning = 'look before you repeat it';
    for (const answer of [failing('timeout'), failing('unreachable'), answered(503)]) {
      expect(
        failureOf(
          worldOf(() => answer),
          POST,
        ).message,
      ).toContain(warning);
      expect(
        failureOf(
          worldOf(() => answer),
          GET,
        ).message,
      ).not.toContain(warning);
    }
  });

  it('lets a defect of the port through as it is', () => {
    const world = worldOf(() => {
      throw new TypeError('a defect');
    });
    expect(thrownBy(() => world.run(...GET))).toBeInstanceOf(TypeError);
  });
});

describe('the second try', () => {
  it.each([
    ['unreachable', failing('unreachable')],
    ['timeout with time left', failing('timeout')],
    ['500', answered(500)],
    ['502', answered(502)],
    ['503', answered(503)],
    ['504', answered(504)],
    ['429', answered(429)],
  ])('helps an idempotent call after %s', (_, failure) => {
    const world = worldOf(inTurn(failure, jsonAnswer(PET)));
    expect(world.run(...GET).structured).toMatchObject({ name: 'Rex' });
    expect(world.http.requests).toHaveLength(2);
    expect(world.http.requests[1]).toMatchObject({ method: 'GET', url: world.http.requests[0]?.url });
    expect(world.lines).toEqual([
      expect.objectContaining({ level: 'info', fields: expect.objectContaining({ operation: 'get_pet_pet_id' }) }),
    ]);
  });

  it.each([
    ['403', answered(403)],
    ['404', answered(404)],
    ['409', answered(409)],
    ['501', answered(501)],
    ['a host that forbids it', failing('forbidden')],
    ['no HTTP', failing('protocol')],
    ['a body that is no JSON', answered(200, 'hello')],
  ])('is not made after %s', (_, failure) => {
    const world = worldOf(inTurn(failure, jsonAnswer(PET)));
    failureOf(world, GET);
    expect(world.http.requests).toHaveLength(1);
  });

  it('is made at most once', () => {
    const world = worldOf(() => answered(503));
    failureOf(world, GET);
    expect(world.http.requests).toHaveLength(2);
  });

  it('is made for exactly the operations that the table calls idempotent', () => {
    const arguments_: Readonly<Record<string, object>> = {
      get_pet_find_by_tags: { tags: ['t'] },
      put_pet: { body: { id: 1, name: 'n' } },
      post_pet: { body: { id: 1, name: 'n' } },
      post_pet_pet_id: { petId: 1, name: 'n' },
      post_pet_pet_id_upload_image: { petId: 1, file: 'AAAA' },
      post_store_order: { body: { petId: 1 } },
      post_user: { body: { username: 'u' } },
      post_user_create_with_list: { body: [{ username: 'u' }] },
      get_user_login: { username: 'u', password: 'p' },
      put_user_username: { username: 'u', body: {} },
    };
    for (const { name, effect, parameters } of OPERATIONS) {
      const ids = Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === 'path')
          .map((parameter) => [parameter.name, parameter.name === 'username' ? 'u' : 1]),
      );
      const world = worldOf(() => failing('unreachable'));
      thrownBy(() => world.run(name, { ...ids, ...arguments_[name] }));
      expect(world.http.requests.length, name).toBe(effect.idempotent ? 2 : 1);
    }
  });

  it('comes after a pause that depends on chance', () => {
    const pause = (fraction: number) => {
      const world = worldOf(() => answered(503), {}, fraction);
      failureOf(world, GET);
      return world.clock.slept;
    };
    expect(pause(0)).toBe(100);
    expect(pause(0.5)).toBe(250);
    expect(pause(0.999)).toBeLessThan(400);
  });

  it('waits a short Retry-After, and leaves a long one to the caller', () => {
    const short = worldOf(() => answered(503, '', [['Retry-After', '1']]));
    expect(failureOf(short, GET).retryAfterMs).toBe(1_000);
    expect(short.clock.slept).toBe(1_250);
    const long = worldOf(() => answered(429, '', [['retry-after', '60']]));
    expect(failureOf(long, GET).retryAfterMs).toBe(60_000);
    expect(long.http.requests).toHaveLength(1);
    expect(long.clock.slept).toBe(0);
    const date = worldOf((_, clock) => answered(503, '', [['retry-after', new Date(clock.now() + 90_000).toUTCString()]]));
    expect(failureOf(date, GET).retryAfterMs).toBe(90_000);
  });

  it('shares the time of the whole call', () => {
    const world = worldOf(
      (_, clock) => {
        clock.advance(300);
        return answered(503);
      },
      { UPSTREAM_TIMEOUT_MS: '1000' },
    );
    failureOf(world, GET);
    expect(world.http.requests.map(({ timeoutMs }) => timeoutMs)).toEqual([1_000, 450]);
  });

  it('is not made where no time is left for it', () => {
    const slow = worldOf(
      ({ timeoutMs }, clock) => {
        clock.advance(timeoutMs);
        return failing('timeout');
      },
      { UPSTREAM_TIMEOUT_MS: '1000' },
    );
    expect(failureOf(slow, GET).message).toContain('within 1000 ms');
    expect(slow.http.requests).toHaveLength(1);
    expect(slow.clock.slept).toBe(0);
  });

  it('says that it was one where it finds the work done', () => {
    const world = worldOf(inTurn(failing('unreachable'), answered(404)));
    expect(failureOf(world, DELETE).message).toBe(
      'No pet has this id (404). This was a second try: the first may have done its work before it failed.',
    );
    expect(failureOf(worldOf(inTurn(failing('unreachable'), answered(404))), GET).message).toBe('No pet has this id (404).');
  });
});

describe('a redirect', () => {
  const redirect = (location: string, status = 302) => answered(status, '', [['Location', location]]);

  it.each([`${ORIGIN}/elsewhere/5`, '/elsewhere/5', `${ORIGIN.toUpperCase().replace('HTTP', 'http')}/elsewhere/5`])(
    'within the origin is followed: %s',
    (location) => {
      const world = worldOf(inTurn(redirect(location), jsonAnswer(PET)), SECRETS);
      expect(world.run(...GET).structured).toMatchObject({ name: 'Rex' });
      expect(world.http.requests.map(({ url }) => url)).toEqual([`${ORIGIN}/api/v3/pet/5`, `${ORIGIN}/elsewhere/5`]);
    },
  );

  it.each([
    'http://evil.test/api/v3/pet/5',
    'http://petstore.test/pet/5',
    'http://petstore.test:8081/pet/5',
    'https://petstore.test:8080/pet/5',
    '//evil.test/pet/5',
    '/\\evil.test/pet/5',
    '\\\\evil.test/pet/5',
    'http://petstore.test:8080@evil.test/',
    'http://petstore.test:8080.evil.test/',
    'relative/5',
    'javascript:alert(1)',
    '',
  ])('to another origin, or to none that is plain, is not followed: %s', (location) => {
    const world = worldOf(() => redirect(location), SECRETS);
    const failure = failureOf(world, GET);
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('PETSTORE_URL') });
    expect(failure.message).not.toContain('evil');
    expect(world.http.requests.map(({ url }) => url)).toEqual([`${ORIGIN}/api/v3/pet/5`]);
  });

  it('that goes round is left after three', () => {
    const world = worldOf(() => redirect('/again'));
    expect(failureOf(world, GET).message).toContain('too often');
    expect(world.http.requests).toHaveLength(4);
  });

  it.each([301, 302, 303, 307, 308])('of a call that changes something is not followed: %i', (status) => {
    for (const call of [POST, DELETE]) {
      const world = worldOf(() => redirect('/elsewhere', status), SECRETS);
      expect(failureOf(world, call)).toMatchObject({ code: 'unavailable' });
      expect(world.http.requests).toHaveLength(1);
    }
  });

  it('sends nothing to another origin, whatever the Petstore says', () => {
    const location = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc
        .tuple(fc.constantFrom('/', '//', '/\\', '\t/', 'http:', 'http:/', 'http://petstore.test:8080', '@'), fc.string())
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(location, fc.constantFrom(301, 302, 303, 307, 308), (to, status) => {
        const world = worldOf(() => redirect(to, status), SECRETS);
        failureOf(world, GET);
        for (const { url } of world.http.requests) expect(new URL(url).origin).toBe(ORIGIN);
      }),
    );
  });
});

describe('a body that is not what the description promises', () => {
  it.each([
    ['no JSON', 'hello', 'not JSON'],
    ['nothing', '', 'empty'],
    ['cut JSON', '{"id":5,"name":"R', 'cut off'],
    ['XML', '<?xml version="1.0"?><Pet><id>5</id></Pet>', 'XML'],
    ['HTML', '<!DOCTYPE html><html>planted</html>', 'HTML'],
    ['an array', '[{"id":5}]', 'another shape'],
    ['a number', '5', 'another shape'],
    ['null', 'null', 'another shape'],
    ['an id in words', '{"id":"planted","name":"Rex"}', 'another shape'],
    ['an id that is no whole number', '{"id":1.5,"name":"Rex"}', 'another shape'],
    ['tags that are texts', '{"id":5,"tags":["planted"]}', 'another shape'],
    ['an error object', '{"code":1,"message":"planted"}', 'another shape'],
    ['bytes', '\u0000\u0001\ufffd', 'not JSON'],
  ])('is unavailable, says why and quotes nothing: %s', (_, body, words) => {
    const world = worldOf(() => answered(200, body));
    const failure = failureOf(world, GET);
    expect(failure.code).toBe('unavailable');
    expect(failure.message).toContain(words);
    expect(describeError(failure)).not.toContain('planted');
    expect(JSON.stringify(world.lines)).not.toContain('planted');
  });

  it('is so where it is longer than is read, unless it is a list', () => {
    const world = worldOf(() => jsonAnswer({ ...PET, name: 'x'.repeat(MAX_ANSWER_BYTES) }));
    expect(failureOf(world, GET).message).toContain('longer than this server reads');
    expect(world.http.requests[0]?.maxBodyBytes).toBe(MAX_ANSWER_BYTES);
  });

  it('says of a call that changes something that it was carried out', () => {
    expect(
      failureOf(
        worldOf(() => answered(200, 'hello')),
        POST,
      ).message,
    ).toContain('It did say that the call was carried out.');
    expect(
      failureOf(
        worldOf(() => answered(200, 'hello')),
        GET,
      ).message,
    ).not.toContain('carried out');
  });

  it('survives JSON that nests a hundred thousand deep', () => {
    for (const body of ['['.repeat(100_000), '['.repeat(100_000) + ']'.repeat(100_000), '{"a":'.repeat(100_000)]) {
      expect(thrownBy(() => worldOf(() => answered(200, body)).run('get_pet_find_by_status'))).toBeInstanceOf(MeshError);
    }
  });
});

describe('whatever comes back', () => {
  it('ends in an answer or a MeshError that holds no secret', () => {
    const anyJson = fc.jsonValue().map((value) => JSON.stringify(value));
    const body = fc.oneof(fc.string(), anyJson, fc.uint8Array({ maxLength: 60 }));
    const anyAnswer = fc.oneof(
      fc.record({ status: fc.integer({ min: 100, max: 999 }), body }).map(({ status, body: content }) => answered(status, content)),
      body.map((content) => answered(200, content)),
      fc.constantFrom<HttpFailureReason>('timeout', 'unreachable', 'forbidden', 'protocol').map((reason) => failing(reason)),
    );
    const calls = [GET, DELETE, POST, ['get_pet_find_by_status', {}], ['get_store_inventory', {}], ['get_user_logout', {}]] as const;
    const more = [
      ['get_user_login', { username: 'u', password: 'planted-password' }],
      ['get_user_username', { username: 'u' }],
      ['post_user_create_with_list', { body: [{ username: 'u', password: 'planted-password' }] }],
      ['post_pet_pet_id_upload_image', { petId: 1, file: 'AAAA' }],
      ['get_store_order_order_id', { orderId: 1 }],
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...calls, ...more), fc.array(anyAnswer, { minLength: 1, maxLength: 3 }), ([name, args], answers) => {
        const world = worldOf(inTurn(...answers), SECRETS);
        let told: unknown;
        try {
          told = world.run(name, args);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(MeshError);
          told = describeError(thrown);
        }
        expect(JSON.stringify([told, world.lines])).not.toContain('planted');
      }),
      { numRuns: 1_000 },
    );
  });
});
