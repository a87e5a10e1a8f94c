import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, parseAddress, parseNetwork } from '../../../src/lib/ip.ts';

const holds = (network: string, address: string): boolean | undefined => {
  const [parsed, subject] = [parseNetwork(network), parseAddress(address)];
  return parsed === undefined || subject === undefined ? undefined : contains(parsed, subject);
};

describe('parseAddress', () => {
  it.each([
    ['10.0.0.1', { version: 4, words: [0x0a000001] }],
    ['255.255.255.255', { version: 4, words: [0xffffffff] }],
    ['::', { version: 6, words: [0, 0, 0, 0] }],
    ['::1', { version: 6, words: [0, 0, 0, 1] }],
    ['fd00:1:2:3:4:5:6:7', { version: 6, words: [0xfd000001, 0x00020003, 0x00040005, 0x00060007] }],
    ['fd00::', { version: 6, words: [0xfd000000, 0, 0, 0] }],
    ['1:2:3:4:5:6:7::', { version: 6, words: [0x00010002, 0x00030004, 0x00050006, 0x00070000] }],
    ['64:ff9b::192.0.2.33', { version: 6, words: [0x0064ff9b, 0, 0, 0xc0000221] }],
    ['::FFFF:10.0.0.1', { version: 4, words: [0x0a000001] }],
    ['::ffff:a00:1', { version: 4, words: [0x0a000001] }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.1.2',
    '+1.0.0.1',
    '1e1.0.0.1',
    ' 10.0.0.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    'fe80::1%eth0',
    '[::1]',
    '10.0.0.1/8',
    '1'.repeat(100_000),
    ':'.repeat(100_000),
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('takes what Node takes, but for zones', () => {
    const part = fc.oneof(
      fc.constantFrom('', '0', '00', '1', 'ffff', '10000', 'g', '255', '256', '1.2.3.4', '1.2.3'),
      fc.string({ maxLength: 3 }),
    );
    const text = fc.tuple(fc.array(part, { maxLength: 9 }), fc.constantFrom(':', '.', '::')).map(([parts, by]) => parts.join(by));
    fc.assert(
      fc.property(fc.oneof(text, fc.ipV4(), fc.ipV6()), (candidate) => {
        fc.pre(!candidate.includes('%'));
        expect(parseAddress(candidate) !== undefined).toBe(isIPv4(candidate) || isIPv6(candidate));
      }),
    );
  });
});

describe('parseNetwork', () => {
  it.each([
    ['10.0.0.0/8', 8],
    ['10.0.0.1', 32],
    ['0.0.0.0/0', 0],
    ['fd00::/8', 8],
    ['::1', 128],
    ['::/0', 0],
    ['::ffff:10.0.0.0/104', 8],
    ['::ffff:0:0/95', 95],
  ])('%s', (text, length) => {
    expect(parseNetwork(text)?.length).toBe(length);
  });

  it.each([
    '',
    '/',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/1e1',
    '::/129',
    '::ffff:10.0.0.1/129',
    'all',
  ])('%j is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});

describe('contains', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.9.9.9/8', '10.0.0.1', true],
    ['0.0.0.0/0', '255.1.2.3', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['::/0', '::ffff:10.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['::ffff:10.0.0.0/104', '10.1.1.1', true],
    ['::ffff:0:0/95', '::fffe:1:1', true],
    ['128.0.0.0/1', '200.0.0.1', true],
    ['128.0.0.0/1', '100.0.0.1', false],
    ['fd00::/33', 'fd00:0:7fff::1', true],
    ['fd00::/33', 'fd00:0:8000::1', false],
    ['fd00::1', 'fd00::1', true],
    ['fd00::1', 'fd00::2', false],
  ])('%s, %s: %s', (network, address, expected) => {
    expect(holds(network, address)).toBe(expected);
  });

  it('agrees with Node', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.constant('ipv4' as const));
    const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), fc.constant('ipv6' as const));
    fc.assert(
      fc.property(fc.oneof(v4, v6), fc.boolean(), ([base, length, other, family], same) => {
        const address = same ? base : other;
        fc.pre(
          parseAddress(base)?.version === (family === 'ipv4' ? 4 : 6) && parseAddress(address)?.version === (family === 'ipv4' ? 4 : 6),
        );
        const list = new BlockList();
        list.addSubnet(base, length, family);
        expect(holds(`${base}/${length}`, address)).toBe(list.check(address, family));
      }),
    );
  });
});
