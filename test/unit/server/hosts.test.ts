import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../../src/config.ts';
import { hostAllowed, originAllowed } from '../../../src/server/hosts.ts';

const DEFAULT_HOSTS = OPTIONS.allowedHosts.parse(OPTIONS.allowedHosts.default);

describe('hostAllowed', () => {
  it.each([
    ['localhost', true],
    ['localhost:8000', true],
    ['LOCALHOST', true],
    ['127.0.0.1:1', true],
    ['[::1]:8000', true],
    ['petstore-mcp.localhost.cosmonic.sh', true],
    ['petstore-mcp.localhost.cosmonic.sh:80', true],
    ['a.b.localhost.cosmonic.sh', true],
    ['localhost.cosmonic.sh', false],
    ['.localhost.cosmonic.sh', false],
    ['evil-localhost.cosmonic.sh', false],
    ['localhost.evil.example', false],
    ['evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['localhost@evil.example', false],
    ['', false],
    ['evil.example/.localhost.cosmonic.sh', false],
    ["a';id;'.localhost.cosmonic.sh", false],
    ['a b.localhost.cosmonic.sh', false],
    ['localhost:80:80', false],
    ['localhost:', false],
    ['[::1', false],
  ])('with the defaults, %j is %s', (host, expected) => {
    expect(hostAllowed(host, DEFAULT_HOSTS)).toBe(expected);
  });

  it('lets * admit everything, a request without a Host included', () => {
    expect(hostAllowed('anything.example', ['*'])).toBe(true);
    expect(hostAllowed('', ['*'])).toBe(true);
  });

  it('admits nothing with an empty list', () => {
    expect(hostAllowed('localhost', [])).toBe(false);
  });
});

describe('originAllowed', () => {
  it.each([
    ['http://localhost:6274', true],
    ['https://127.0.0.1', true],
    ['http://[::1]:3000', true],
    ['null', false],
    ['http://evil.example', false],
    ['http://localhost@evil.example', false],
    ['http://localhost/evil', false],
    ['file://localhost', false],
    ['localhost', false],
  ])('with the defaults, %j is %s', (origin, expected) => {
    expect(originAllowed(origin, DEFAULT_HOSTS)).toBe(expected);
  });
});
