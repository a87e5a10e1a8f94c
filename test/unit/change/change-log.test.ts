import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../src/adapters/memory/keyvalue.ts';
import {
  type ChangeRecord,
  findRecord,
  type Intent,
  RECORDS,
  readLog,
  recordIntent,
  recordOutcome,
} from '../../../src/change/change-log.ts';
import { fakeClock } from '../../support/ports.ts';
import { ADMIN } from '../../support/principals.ts';

const newPorts = () => ({ keyvalue: memoryKeyValue(), clock: fakeClock(), log: { write: () => {} } });

const intent = (name: string, more: Partial<Intent> = {}): Intent => ({
  principal: ADMIN,
  tool: 'apply_http_route',
  operation: 'update',
  target: { kind: 'httpRoutes', version: 'v1', namespace: 'shop', name },
  summary: ['~ spec.a: 1 -> 2'],
  force: false,
  accepted: [],
  reverts: undefined,
  previous: { tag: 'object', object: { spec: { a: 1 } }, applied: {} },
  ...more,
});

const all = { below: undefined, limit: 1_000, passes: () => true };

describe('the change log', () => {
  it('keeps what was begun, and what became of it', () => {
    const ports = newPorts();
    const record = recordIntent(ports, intent('web', { reverts: 7, accepted: ['a -> b'], force: true }));
    expect(readLog(ports, all).records).toEqual([record]);
    expect(recordOutcome(ports, record, 'made', 'f00')).toBe(true);
    expect(readLog(ports, all).records).toEqual([{ ...record, outcome: 'made', state: 'f00' }]);
    expect(findRecord(ports, 1)).toEqual({ record: { ...record, outcome: 'made', state: 'f00' }, previous: intent('web').previous });
  });

  it('is a ring: the newest stay, and storage is bounded', () => {
    const ports = newPorts();
    for (let count = 0; count < RECORDS + 40; count++) recordIntent(ports, intent(`web-${count}`));
    const { records } = readLog(ports, all);
    expect(records.map(({ id }) => id)).toEqual(Array.from({ length: RECORDS }, (_, place) => RECORDS + 40 - place));
    expect(ports.keyvalue.keys()).toHaveLength(2 * RECORDS + 1);
    expect(findRecord(ports, 40)).toBeUndefined();
    expect(findRecord(ports, 41)).toBeDefined();
  });

  it('is read in pages that together are the whole, whatever passes the filter', () => {
    const ports = newPorts();
    for (let count = 0; count < 90; count++) recordIntent(ports, intent(`web-${count}`));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 7 }), (limit, every) => {
        const passes = ({ id }: ChangeRecord) => id % every === 0;
        const found: number[] = [];
        let below: number | undefined;
        do {
          const page = readLog(ports, { below, limit, passes });
          found.push(...page.records.map(({ id }) => id));
          below = page.before;
        } while (below !== undefined);
        expect(found).toEqual(Array.from({ length: 90 }, (_, place) => 90 - place).filter((id) => id % every === 0));
      }),
    );
  });

  it('keeps a short summary, and no state that is too large', () => {
    const ports = newPorts();
    const large = { tag: 'object', object: { spec: { a: 'x'.repeat(100_000) } }, applied: {} } as const;
    recordIntent(ports, intent('web', { summary: Array.from({ length: 100 }, (_, place) => `line ${place}`), previous: large }));
    const found = findRecord(ports, 1);
    expect(found?.record.summary).toHaveLength(21);
    expect(found?.record.summary.at(-1)).toBe('and 80 more');
    expect(found?.previous).toEqual({ tag: 'too-large' });
    for (const key of ports.keyvalue.keys()) expect(ports.keyvalue.get(key)?.length).toBeLessThan(240 * 1024);
  });

  it('passes over what is none of ours', () => {
    const ports = newPorts();
    recordIntent(ports, intent('one'));
    recordIntent(ports, intent('two'));
    for (const text of ['', 'null', '{}', '{"id":1}', '[', '{"id":1,"target":{"kind":"secrets"}}']) {
      ports.keyvalue.set('change/record/01', new TextEncoder().encode(text));
      expect(readLog(ports, all).records.map(({ id }) => id)).toEqual([2]);
      expect(findRecord(ports, 1)).toBeUndefined();
    }
  });
});
