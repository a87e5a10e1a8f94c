import { describe, expect, it } from 'vitest';
import { type RunOutcome, Ticker } from '../../../src/entry/host/ticker.ts';

const DONE: RunOutcome = { tag: 'done' };
const failed = (why: string): RunOutcome => ({ tag: 'failed', why });

/** A ticker whose runs end as listed and whose time passes at once. It stops after the last outcome. */
async function tick(outcomes: readonly (RunOutcome | Error)[]) {
  const said: string[] = [];
  const waits: number[] = [];
  let running = 0;
  let most = 0;
  let runs = 0;
  const over = Promise.withResolvers<void>();
  const ticker = new Ticker({
    run: async () => {
      running++;
      most = Math.max(most, running);
      const outcome = outcomes[runs++];
      await Promise.resolve();
      running--;
      if (outcome === undefined || outcome instanceof Error) throw outcome ?? new Error('one run too many');
      return outcome;
    },
    wait: async (ms) => {
      waits.push(ms);
      if (runs < outcomes.length) return;
      over.resolve();
      // The rest of time: the ticker stops in it.
      await new Promise<never>((_, reject) => over.promise.then(() => reject(new Error('stopped'))));
    },
    say: (line) => said.push(line),
  });
  await over.promise;
  await ticker.stop();
  return { said, waits, most, runs };
}

describe('the ticker', () => {
  it('runs at once, and again and again with a short pause, never two at a time', async () => {
    expect(await tick([DONE, DONE, DONE])).toEqual({ said: [], waits: [200, 200, 200], most: 1, runs: 3 });
  });

  it('backs off from a second to half a minute while runs fail, and says so once', async () => {
    const bad = Array.from({ length: 8 }, () => failed('no cluster'));
    const { waits, said } = await tick(bad);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(said).toEqual(['the collector fails, and is tried again: no cluster']);
  });

  it('says when the first run has ended, well or not', async () => {
    const ticker = new Ticker({
      run: async () => failed('no cluster'),
      wait: (_ms, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
      say: () => {},
    });
    await ticker.first;
    await ticker.stop();
  });

  it('takes a run that breaks for one that failed', async () => {
    const { waits, said } = await tick([new Error('the answer broke off'), DONE]);
    expect(waits).toEqual([1000, 200]);
    expect(said).toEqual([expect.stringContaining('the answer broke off'), 'the collector works again']);
  });

  it('begins anew with its back-off after a run that went well', async () => {
    const { waits, said } = await tick([failed('a'), failed('a'), DONE, failed('b'), DONE]);
    expect(waits).toEqual([1000, 2000, 200, 1000, 200]);
    expect(said).toHaveLength(4);
  });

  it('asks a collector that stands by when it is to be asked, within bounds', async () => {
    const standby = (retryAfterMs: number): RunOutcome => ({ tag: 'standby', retryAfterMs });
    const { waits, said } = await tick([standby(12_000), standby(0), standby(3_600_000), failed('x'), standby(500)]);
    expect(waits).toEqual([12_000, 200, 30_000, 1000, 500]);
    expect(said).toHaveLength(2);
  });

  it('ends the run that is under way when it is stopped, and starts no other', async () => {
    let runs = 0;
    let ended = false;
    const ticker = new Ticker({
      run: (signal) =>
        new Promise((_, reject) => {
          runs++;
          signal.addEventListener('abort', () => {
            ended = true;
            reject(signal.reason);
          });
        }),
      wait: () => Promise.reject(new Error('there is nothing to wait for')),
      say: (line) => expect.unreachable(line),
    });
    await ticker.stop();
    await ticker.stop();
    expect([runs, ended]).toEqual([1, true]);
  });

  it('ends its pause when it is stopped', async () => {
    const reached = Promise.withResolvers<void>();
    const ticker = new Ticker({
      run: async () => DONE,
      wait: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          reached.resolve();
        }),
      say: () => {},
    });
    await reached.promise;
    await ticker.stop();
  });
});
