import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lists, parsePortList, parseSkippedPorts, singlePorts } from '../../../../src/policy/objects/port-list.ts';

const port = fc.integer({ min: 0, max: 65_535 });
const part = fc.oneof(
  port.map((only) => ({ text: String(only), ports: (asked: number) => asked === only })),
  fc.tuple(port, port).map(([a, b]) => ({ text: `${a}-${b}`, ports: (asked: number) => a <= asked && asked <= b })),
  fc.constantFrom('', ' ', 'http', '70000', '1-', '-1', '1-2-3').map((text) => ({ text, ports: () => false })),
);

describe('parsePortList', () => {
  it('lists the ports of its parts, whatever else it holds', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.constantFrom('', ' '), port, (parts, space, asked) => {
        const list = parsePortList(parts.map(({ text }) => `${space}${text}${space}`).join(','));
        expect(lists(list, asked)).toBe(parts.some(({ ports }) => ports(asked)));
        for (const single of singlePorts(list)) expect(lists(list, single)).toBe(true);
      }),
    );
  });

  it('lists names, and gives single ports only', () => {
    const list = parsePortList('mysql, 3306,8000-8010,0,');
    expect([lists(list, 1, 'mysql'), lists(list, 1, 'pg'), lists(list, 8005)]).toEqual([true, false, true]);
    expect(singlePorts(list)).toEqual([3306]);
    expect(singlePorts(parsePortList('70000,65536-65536,9-1'))).toEqual([]);
    expect(parsePortList(undefined)).toEqual({ ranges: [], names: [] });
  });

  it('keeps what is neither a port nor a range as a name', () => {
    expect(parsePortList('80,http, 9-1 ,65536,1-2-3,,')).toEqual({ ranges: [[80, 80]], names: ['http', '9-1', '65536', '1-2-3'] });
  });

  it('takes any text', () => {
    fc.assert(fc.property(fc.string(), (text) => parsePortList(text).ranges.every(([first, last]) => first <= last)));
  });
});

describe('parseSkippedPorts', () => {
  it('leaves out what stands after a space, as proxy-init does', () => {
    const list = parseSkippedPorts('25, 8080,9000-9010 ,3306');
    expect([25, 8080, 9005, 3306].map((each) => lists(list, each))).toEqual([true, false, false, true]);
    expect(lists(parseSkippedPorts('+25,+1-+3'), 2)).toBe(true);
    expect(parseSkippedPorts(undefined)).toEqual({ ranges: [], names: [] });
  });
});
