import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryKeyValue } from '../../../../src/adapters/memory/keyvalue.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';
import type { KeyValue } from '../../../../src/ports/keyvalue.ts';
import { LEADER_KEY } from '../../../../src/store/graph/keys.ts';
import { LEASE_MS, RENEW_MS, readLeader, takeLease } from '../../../../src/store/graph/lease.ts';
import { fakeClock } from '../../../support/ports.ts';

/** A collector with a clock of its own, on a store that it shares. */
function collector(keyvalue: KeyValue, holder: string, time: { now: number }, ahead = 0) {
  const clock = { now: () => time.now + ahead, monotonic: () => time.now, sleep: () => {} };
  return (times = {}) => takeLease({ keyvalue, clock }, { holder, ...times });
}

const START = 1_795_255_200_000;

describe('takeLease', () => {
  it('takes what nobody has, renews it, and tells others to wait', () => {
    const keyvalue = memoryKeyValue();
    const time = { now: START };
    const a = collector(keyvalue, 'a', time);
    const b = collector(keyvalue, 'b', time);
    expect(a()).toEqual({ leader: true, term: 1, taken: true });
    expect(b()).toEqual({ leader: false, holder: 'a', retryAfterMs: RENEW_MS });
    time.now += RENEW_MS;
    expect(a()).toEqual({ leader: true, term: 1, taken: false });
    expect(readLeader(keyvalue)).toEqual({ holder: 'a', until: time.now + LEASE_MS, term: 1, renewedAt: time.now });
  });

  it('keeps when the sources last answered, whoever says so', () => {
    const keyvalue = memoryKeyValue();
    const time = { now: START };
    const a = collector(keyvalue, 'a', time);
    expect(a({ kubernetesAt: 1, trafficAt: 2 })).toMatchObject({ trafficAt: 2 });
    expect(a({ kubernetesAt: 3 })).toMatchObject({ leader: true, trafficAt: 2 });
    expect(readLeader(keyvalue)).toMatchObject({ kubernetesAt: 3, trafficAt: 2 });
    time.now += 200_000;
    expect(collector(keyvalue, 'b', time)()).toEqual({ leader: true, term: 2, taken: true, trafficAt: 2 });
  });

  it('waits for as long as is left, and then takes over', () => {
    const keyvalue = memoryKeyValue();
    const time = { now: START };
    collector(keyvalue, 'a', time)();
    const b = collector(keyvalue, 'b', time);
    b();
    time.now += 25_000;
    expect(b()).toEqual({ leader: false, holder: 'a', retryAfterMs: 5_000 });
    time.now += 5_000;
    expect(b()).toEqual({ leader: true, term: 2, taken: true });
  });

  it('leaves a living holder its lease and takes a dead one’s within 40 seconds, whatever the clocks say', () => {
    const anHour = 3_600_000;
    for (const ahead of [0, 60_000, -60_000, 59_000, -31_000, anHour, 100 * anHour]) {
      const keyvalue = memoryKeyValue();
      const time = { now: START };
      // The holder's clock goes ahead of the standby's, or behind it by what clocks may be apart.
      const holder = collector(keyvalue, 'a', time, ahead);
      const standby = collector(keyvalue, 'b', time);
      holder();
      for (let second = 0; second < 600; second++, time.now += 1000) {
        if (second % 10 === 0) expect(holder(), `${ahead} ms at ${second} s`).toMatchObject({ leader: true, term: 1 });
        if (second % 10 === 7) expect(standby(), `${ahead} ms at ${second} s`).toMatchObject({ leader: false, holder: 'a' });
      }
      const diedAt = time.now;
      while (!standby().leader) time.now += 10_000;
      expect(time.now - diedAt, `${ahead} ms`).toBeLessThanOrEqual(40_000);
    }
  });

  it('does not wait for a lease that ended long ago', () => {
    const keyvalue = memoryKeyValue();
    const time = { now: START };
    collector(keyvalue, 'a', time)();
    time.now += LEASE_MS + 60_001;
    expect(collector(keyvalue, 'b', time)()).toMatchObject({ leader: true });
  });

  it('ends its waiting though each attempt is on another host, with clocks a minute apart', () => {
    const offsets = fc.array(fc.constantFrom(-30_000, 0, 30_000), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(offsets, fc.constantFrom(-30_000, 30_000), (aheads, holderAhead) => {
        const keyvalue = memoryKeyValue();
        const time = { now: START };
        collector(keyvalue, 'a', time, holderAhead)();
        const took = aheads.findIndex((ahead) => {
          const lease = collector(keyvalue, 'b', time, ahead)();
          time.now += 10_000;
          return lease.leader;
        });
        // A clock that was ahead makes the others wait until they are there too.
        expect(took).not.toBe(-1);
        expect(took).toBeLessThanOrEqual(10);
      }),
    );
  });

  it('is had by one of two that take it at once', () => {
    const keyvalue = memoryKeyValue();
    const clock = fakeClock();
    let meanwhile = true;
    const contested: KeyValue = {
      ...keyvalue,
      set: (key, value) => {
        keyvalue.set(key, value);
        if (meanwhile && key === LEADER_KEY) {
          meanwhile = false;
          expect(takeLease({ keyvalue, clock }, { holder: 'a' })).toMatchObject({ leader: false, holder: 'b' });
          // It read the old record before ours was there.
          keyvalue.set(LEADER_KEY, encodeUtf8(JSON.stringify({ version: 1, holder: 'a', until: 9, term: 1, renewedAt: 1 })));
        }
      },
    };
    expect(takeLease({ keyvalue: contested, clock }, { holder: 'b' })).toEqual({ leader: false, holder: 'a', retryAfterMs: RENEW_MS });
    expect(readLeader(keyvalue)).toMatchObject({ holder: 'a' });
  });

  it('takes a record that it cannot read for none, and writes few keys whoever asks', () => {
    const keyvalue = memoryKeyValue();
    const clock = fakeClock();
    keyvalue.set(LEADER_KEY, encodeUtf8('{"version":1,"holder":5}'));
    expect(takeLease({ keyvalue, clock }, { holder: 'a' })).toMatchObject({ leader: true });
    for (let nth = 0; nth < 200; nth++) takeLease({ keyvalue, clock }, { holder: `standby ${nth}` });
    expect(keyvalue.keys().length).toBeLessThanOrEqual(17);
  });
});
