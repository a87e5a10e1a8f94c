import { describe, expect, it } from 'vitest';
import { parseStore } from '../../../src/entry/host/store-choice.ts';

describe('the store of the command line', () => {
  it('is memory, or a server by its URL', () => {
    expect(parseStore('memory')).toEqual({ tag: 'memory' });
    expect(parseStore('nats://127.0.0.1:4222')).toMatchObject({ tag: 'nats', url: { host: '127.0.0.1:4222' } });
    expect(parseStore('nats://user:p%40ss@[::1]/')).toMatchObject({ tag: 'nats', url: { hostname: '[::1]', password: 'p%40ss' } });
    expect(parseStore('redis://localhost')).toMatchObject({ tag: 'redis', url: { host: 'localhost' } });
    expect(parseStore('rediss://:secret@redis.example:6380/15')).toMatchObject({
      tag: 'redis',
      url: { protocol: 'rediss:', pathname: '/15' },
    });
  });

  it.each([
    '',
    'disk',
    'redis',
    'redis:',
    'redis:///1',
    'redis://host/one',
    'redis://host/1/2',
    'redis://host?x=1',
    'redis://host#x',
    'redis://host:port',
    'redis://us%er@host',
    'nats://host/bucket',
    'nats:host:4222',
    'http://host',
    'Memory',
  ])('is not %j', (text) => {
    expect(parseStore(text)).toBeUndefined();
  });
});
