import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectionLimits, KeptConnection, type Link } from '../../../../src/adapters/node/kept-connection.ts';
import { StoreFailure } from '../../../../src/adapters/node/store.ts';

const LIMITS: ConnectionLimits = { operationMs: 1_000, silenceMs: 2_500, retryMs: 100 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => {});

/** A server whose connections a test loses, refuses or holds up. The client is the number of the connection. */
function server() {
  const said: string[] = [];
  const links: { readonly lose: () => void; ended: boolean }[] = [];
  let answer: () => Promise<void> = async () => {};
  const connect = async (): Promise<Link<number>> => {
    await answer();
    const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
    const link = { lose, ended: false };
    links.push(link);
    return {
      client: links.length,
      lost,
      end: async () => {
        link.ended = true;
        lose();
      },
    };
  };
  const connection = new KeptConnection<number>({
    name: 'Store at here',
    connect,
    explain: (error) => `because ${error instanceof Error ? error.message.length : 0}`,
    say: (line) => said.push(line),
    limits: LIMITS,
  });
  return {
    connection,
    said,
    links,
    accept: () => {
      answer = async () => {};
    },
    refuse: () => {
      answer = () => Promise.reject(new Error('secret'));
    },
    hang: () => {
      answer = () => never;
    },
  };
}

const failed = (message: string) => expect.objectContaining({ name: 'StoreFailure', message: `Store at here: ${message}` });

/** What a promise gives once that much time has gone by. */
async function outcome<Result>(ms: number, promise: Promise<Result>): Promise<PromiseSettledResult<Result>> {
  const settled = Promise.allSettled([promise]);
  await vi.advanceTimersByTimeAsync(ms);
  const [result] = await settled;
  return result;
}

describe('a kept connection', () => {
  it('is made by the first operation, and used by the next', async () => {
    const { connection, links, said } = server();
    expect(links).toHaveLength(0);
    expect(await connection.run(async (client) => client * 10)).toBe(10);
    expect(await Promise.all([connection.run(async (client) => client), connection.run(async (client) => client)])).toEqual([1, 1]);
    expect(said).toEqual([]);
  });

  it('is made once for operations that come at the same time', async () => {
    const { connection, links } = server();
    await Promise.all([connection.run(async () => {}), connection.run(async () => {})]);
    expect(links).toHaveLength(1);
  });

  it('is made anew after it was lost, and what was under way has failed', async () => {
    const { connection, links } = server();
    const underWay = connection.run(() => never);
    underWay.catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    links[0]?.lose();
    await expect(underWay).rejects.toEqual(failed('the connection was lost before the answer came'));
    expect(await connection.run(async (client) => client)).toBe(2);
  });

  it('fails with the operation’s own failure, or in words for every other error', async () => {
    const { connection } = server();
    const own = new StoreFailure({ tag: 'access-denied' });
    await expect(connection.run(() => Promise.reject(own))).rejects.toBe(own);
    await expect(connection.run(() => Promise.reject(new Error('secret')))).rejects.toEqual(failed('because 6'));
    await expect(connection.run(() => Promise.reject('not even an error'))).rejects.toEqual(failed('because 0'));
  });

  it('that cannot be made fails its operations, is tried again after a while, and says so once', async () => {
    const { connection, said, links, refuse, accept } = server();
    refuse();
    await expect(connection.run(async () => {})).rejects.toEqual(failed('because 6'));
    accept();
    await vi.advanceTimersByTimeAsync(LIMITS.retryMs - 1);
    await expect(connection.run(async () => {})).rejects.toEqual(failed('because 6'));
    expect(links).toHaveLength(0);
    refuse();
    await vi.advanceTimersByTimeAsync(1);
    await expect(connection.run(async () => {})).rejects.toEqual(failed('because 6'));
    expect(said).toEqual(['Store at here cannot be reached: because 6']);
    accept();
    await vi.advanceTimersByTimeAsync(LIMITS.retryMs);
    await connection.run(async () => {});
    expect(said.slice(1)).toEqual(['Store at here answers again']);
  });

  it('waits for an answer as long as the limit, connecting included', async () => {
    const { connection, hang } = server();
    hang();
    expect(
      await outcome(
        LIMITS.operationMs,
        connection.run(async () => {}),
      ),
    ).toEqual({
      status: 'rejected',
      reason: failed('no answer within 1000 ms'),
    });
  });

  it('that gives no answer for long is given up', async () => {
    const { connection, links } = server();
    await connection.run(async () => {});
    for (const ended of [false, false, true]) {
      expect(
        await outcome(
          LIMITS.operationMs,
          connection.run(() => never),
        ),
      ).toMatchObject({ status: 'rejected' });
      expect(links[0]?.ended).toBe(ended);
    }
    expect(await connection.run(async (client) => client)).toBe(2);
  });

  it('on which something is answered is not given up', async () => {
    const { connection, links } = server();
    for (let i = 0; i < 5; i++) {
      await outcome(
        LIMITS.operationMs,
        connection.run(() => never),
      );
      await connection.run(async () => {});
    }
    expect(links[0]?.ended).toBe(false);
  });

  it('takes an error for an answer', async () => {
    const { connection, links } = server();
    for (let i = 0; i < 5; i++) {
      await outcome(
        LIMITS.operationMs,
        connection.run(() => never),
      );
      await connection.run(() => Promise.reject(new Error('no'))).catch(() => {});
    }
    expect(links[0]?.ended).toBe(false);
  });

  it('is closed for good, and fails what is under way', async () => {
    const { connection, links } = server();
    const underWay = connection.run(() => never);
    underWay.catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    await connection.close();
    await connection.close();
    expect(links[0]?.ended).toBe(true);
    await expect(underWay).rejects.toBeInstanceOf(StoreFailure);
    await expect(connection.run(async () => {})).rejects.toEqual(failed('the connection is closed'));
    expect(links).toHaveLength(1);
  });

  it('that is closed while it is being made is ended as soon as it stands', async () => {
    const { connection, links } = server();
    const first = connection.run(() => never);
    first.catch(() => {});
    await connection.close();
    expect(links[0]?.ended).toBe(true);
    await expect(first).rejects.toBeInstanceOf(StoreFailure);
  });
});
