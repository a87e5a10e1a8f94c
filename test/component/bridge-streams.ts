import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpFailureReason } from '../../src/ports/http.ts';

/** A request that the bridge component is to send; what is left out is GET, 5 s and 64 MiB. */
export interface BridgeCall {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  /** A body of that many bytes. */
  readonly size?: number;
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
}

/** What the bridge component is told to do under `/streams`. */
export interface StreamsPlan {
  readonly calls: readonly BridgeCall[];
  /** Calls to leave when a text has come on any stream. */
  readonly leave?: readonly { readonly call: number; readonly on: string }[];
  readonly leaveAllOn?: string;
}

/** A line that it says about them: an event, `call` being the call's place and `batch` counting the calls of `next`; or, at the end, what is left. */
export type Heard =
  | { readonly tag: 'over'; readonly open: number; readonly after: number }
  | ({ readonly call: number; readonly batch: number } & (
      | { readonly tag: 'head'; readonly status: number }
      /** `text` is its beginning. */
      | { readonly tag: 'data'; readonly length: number; readonly text: string }
      | { readonly tag: 'end'; readonly truncated: boolean }
      | { readonly tag: 'failed'; readonly reason: HttpFailureReason }
    ));

/** What it says under `/waits`: milliseconds of `next`, and the tags of what came. */
export interface WaitsReport {
  readonly withNone: number;
  readonly atOnce: number;
  readonly aWhile: number;
  readonly events: readonly string[];
}

/**
 * What every host must give `Http.streams`. Promptness is a matter of cause and effect here, not of time: the upstream says its next line when the one before has
 * come out at the other end, so that whatever is held back stops the test.
 */
export function describeStreams(host: () => string): void {
  describe('streams', () => {
    let upstream: LineServer;
    beforeAll(async () => {
      upstream = await startLineServer();
    });
    afterAll(() => upstream.close());

    const run = async (plan: StreamsPlan) => {
      const response = await fetch(`${host()}/streams`, { method: 'POST', body: JSON.stringify(plan) });
      return new Report(response);
    };
    let names = 0;
    /** Names of lines that no other test has. */
    const fresh = (count: number) => Array.from({ length: count }, () => `line-${++names}`);
    const call = (name: string): BridgeCall => ({ url: upstream.url(name), timeoutMs: 60_000 });

    it('of one instance are merged, each line as it is said', { timeout: 60_000 }, async () => {
      const lines = fresh(24);
      const report = await run({ calls: lines.map(call) });
      for (const line of lines) await upstream.opened(line);
      const said = lines.map(() => '');
      for (let round = 0; round < 5; round++) {
        for (const [place, line] of lines.entries()) {
          upstream.say(line, `${round}.${place};`);
          await report.text(place, `${round}.${place};`);
          said[place] += `${round}.${place};`;
        }
      }
      for (const line of lines) upstream.end(line);
      await report.over();
      for (const place of lines.keys()) {
        expect(report.of(place).map(({ tag }) => tag)).toEqual(['head', ...Array(5).fill('data'), 'end']);
        expect(report.textOf(place)).toBe(said[place]);
      }
    });

    it('give many small pieces, and all of them in order', async () => {
      const [line = ''] = fresh(1);
      const report = await run({ calls: [call(line)] });
      await upstream.opened(line);
      const pieces = Array.from({ length: 500 }, (_, place) => `${place};`);
      for (const piece of pieces) upstream.say(line, piece);
      upstream.end(line);
      await report.over();
      expect(report.lengthOf(0)).toBe(pieces.join('').length);
      if (report.of(0).every((each) => each.tag !== 'data' || each.length < 64)) expect(report.textOf(0)).toBe(pieces.join(''));
    });

    it('send bodies, and take statuses as they are', async () => {
      const report = await run({ calls: [{ url: upstream.url('count'), method: 'POST', size: 3_000_000 }, call('missing')] });
      await report.over();
      expect(report.textOf(0)).toBe('3000000');
      expect(report.of(1)[0]).toMatchObject({ tag: 'head', status: 404 });
    });

    it('are cut at their limit, while others go on', async () => {
      const [cut = '', whole = ''] = fresh(2);
      const report = await run({
        calls: [
          { ...call(cut), maxBodyBytes: 1000 },
          { ...call(whole), maxBodyBytes: 1000 },
        ],
      });
      await Promise.all([upstream.opened(cut), upstream.opened(whole)]);
      upstream.say(cut, 'x'.repeat(900));
      await report.text(0, 'x');
      upstream.say(cut, 'y'.repeat(101));
      expect(await report.next(({ tag, call }) => tag === 'end' && call === 0)).toMatchObject({ truncated: true });
      expect(report.lengthOf(0)).toBe(1000);
      await upstream.left(cut);
      // Exactly as long as allowed is whole.
      upstream.say(whole, 'z'.repeat(1000));
      upstream.end(whole);
      await report.over();
      expect(report.lengthOf(1)).toBe(1000);
      expect(report.of(1).at(-1)).toMatchObject({ tag: 'end', truncated: false });
    });

    it('end by their time when they are silent, while others go on', async () => {
      const [silent = '', half = '', other = ''] = fresh(3);
      const report = await run({
        calls: [
          { url: upstream.url('no-answer'), timeoutMs: 300 },
          { ...call(silent), timeoutMs: 300 },
          { ...call(half), timeoutMs: 300 },
          call(other),
        ],
      });
      await Promise.all([silent, half, other].map(upstream.opened));
      upstream.say(half, 'half a li');
      for (const place of [0, 1, 2]) {
        expect(await report.next(({ tag, call }) => tag === 'failed' && call === place)).toMatchObject({ reason: 'timeout' });
      }
      upstream.say(other, 'still here');
      await report.text(3, 'still here');
      upstream.end(other);
      await report.over();
      expect([0, 1, 2].map((place) => report.of(place).map(({ tag }) => tag))).toEqual([
        ['failed'],
        ['head', 'failed'],
        ['head', 'data', 'failed'],
      ]);
    });

    it('end by their time although they never fall silent', async () => {
      const report = await run({ calls: [{ url: upstream.url('flood'), timeoutMs: 400, maxBodyBytes: 1e12 }] });
      await report.over();
      expect(report.of(0).at(-1)).toMatchObject({ tag: 'failed', reason: 'timeout' });
    });

    it('fail when the server breaks off in the middle, while others go on', async () => {
      const [broken = '', other = ''] = fresh(2);
      const report = await run({ calls: [call(broken), call(other)] });
      await Promise.all([broken, other].map(upstream.opened));
      upstream.say(broken, 'half');
      await report.text(0, 'half');
      upstream.breakOff(broken);
      expect(await report.next(({ tag, call }) => tag === 'failed' && call === 0)).toMatchObject({ reason: 'unreachable' });
      upstream.say(other, 'still here');
      await report.text(1, 'still here');
      upstream.end(other);
      await report.over();
    });

    it('fail when the server closes instead of answering', async () => {
      const name = `no-answer/${fresh(1)[0]}`;
      const report = await run({ calls: [call(name)] });
      await upstream.opened(name);
      upstream.breakOff(name);
      // wasmtime has one word for this and for an answer that is no HTTP.
      expect(await report.next(({ tag }) => tag === 'failed')).toMatchObject({
        reason: expect.stringMatching(/^(?:unreachable|protocol)$/),
      });
      await report.over();
    });

    it('fail where nothing can be reached, beside good ones', async () => {
      const [good = ''] = fresh(1);
      const closed = await startLineServer();
      await closed.close();
      const calls = [{ url: closed.url('x') }, { url: 'http://no-such-host.invalid/' }, { url: 'not a url' }, call(good)];
      const report = await run({ calls });
      await upstream.opened(good);
      for (const [place, reason] of (['unreachable', 'unreachable', 'protocol'] as const).entries()) {
        expect(await report.next(({ tag, call }) => tag === 'failed' && call === place)).toMatchObject({ reason });
      }
      upstream.say(good, 'well');
      await report.text(3, 'well');
      upstream.end(good);
      await report.over();
      expect([0, 1, 2].map((place) => report.of(place).length)).toEqual([1, 1, 1]);
    });

    it('say nothing more once they are closed, and their connection ends', async () => {
      const [left = '', unanswered = '', other = ''] = fresh(3);
      const report = await run({
        calls: [call(left), { url: upstream.url(`no-answer/${unanswered}`), timeoutMs: 60_000 }, call(other)],
        leave: [
          { call: 0, on: 'leave' },
          { call: 1, on: 'leave' },
        ],
      });
      await Promise.all([left, other, `no-answer/${unanswered}`].map(upstream.opened));
      upstream.say(left, 'before');
      await report.text(0, 'before');
      upstream.say(other, 'leave');
      await report.text(2, 'leave');
      upstream.say(left, 'after');
      await Promise.all([upstream.left(left), upstream.left(`no-answer/${unanswered}`)]);
      upstream.say(other, 'still here');
      await report.text(2, 'still here');
      upstream.end(other);
      await report.over();
      expect(report.textOf(0)).toBe('before');
      expect(report.of(1)).toEqual([]);
    });

    it('end all at once when all are closed', async () => {
      const lines = fresh(10);
      const report = await run({ calls: lines.map(call), leaveAllOn: 'enough' });
      await Promise.all(lines.map(upstream.opened));
      upstream.say(lines[3] ?? '', 'enough');
      await report.over();
      await Promise.all(lines.map(upstream.left));
      expect(lines.map((_, place) => report.of(place).some(({ tag }) => tag === 'end' || tag === 'failed'))).not.toContain(true);
    });

    it('are waited for no longer than asked', async () => {
      const [line = ''] = fresh(1);
      const response = await fetch(`${host()}/waits?${upstream.url(line)}`);
      // What the component of this suite answers is known to this suite.
      const { withNone, atOnce, aWhile, events } = (await response.json()) as WaitsReport;
      expect(events).toEqual(['head']);
      expect(withNone).toBeGreaterThan(49);
      expect(aWhile).toBeGreaterThan(49);
      // Twenty calls that would wait for a minute, or for the stream's end, if they waited at all.
      expect(atOnce).toBeLessThan(2000);
    });

    it('are not starved by a fast one', { timeout: 60_000 }, async () => {
      const [slow = ''] = fresh(1);
      const calls = [{ url: upstream.url('flood'), timeoutMs: 60_000, maxBodyBytes: 1e12 }, call(slow)];
      const report = await run({ calls, leave: [{ call: 0, on: 'last' }] });
      await upstream.opened(slow);
      for (let line = 0; line < 20; line++) {
        upstream.say(slow, `${line};`);
        await report.text(1, `${line};`);
      }
      upstream.say(slow, 'last');
      await report.text(1, 'last');
      upstream.end(slow);
      await report.over();
      expect(report.lengthOf(0)).toBeGreaterThan(100_000);
      expect(Math.max(...report.bytesByBatch(0))).toBeLessThan(400_000);
      expectFlood(report.pieces(0));
    });

    it('bring five megabytes whole and in order beside a trickle', { timeout: 60_000 }, async () => {
      const [slow = ''] = fresh(1);
      const report = await run({ calls: [{ url: upstream.url('flood/5000000') }, call(slow)] });
      await upstream.opened(slow);
      for (let line = 0; line < 5; line++) {
        upstream.say(slow, `${line};`);
        await report.text(1, `${line};`);
      }
      upstream.end(slow);
      await report.over();
      expect(report.lengthOf(0)).toBe(5_000_000);
      expect(report.of(0).at(-1)).toMatchObject({ tag: 'end', truncated: false });
      expectFlood(report.pieces(0));
    });
  });
}

type HeardEvent = Exclude<Heard, { readonly tag: 'over' }>;

/** Reads what the component says, line by line. */
class Report {
  readonly #lines: AsyncIterator<string>;
  readonly #heard: HeardEvent[] = [];

  constructor(response: Response) {
    if (response.body === null) throw new Error('the component answered without a body');
    // The same thing under two declarations.
    const body = Readable.fromWeb(response.body as ReadableStream);
    this.#lines = createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  }

  async #line(): Promise<Heard> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the component stopped after ${JSON.stringify(this.#heard.at(-1))}`);
    const heard: Heard = JSON.parse(value);
    if (heard.tag !== 'over') this.#heard.push(heard);
    return heard;
  }

  /** The first such event, of those heard already or by reading on. */
  async next(isWanted: (heard: HeardEvent) => boolean): Promise<HeardEvent> {
    let found = this.#heard.find(isWanted);
    while (found === undefined) {
      const heard = await this.#line();
      if (heard.tag === 'over') throw new Error('the streams ended, and it had not come');
      if (isWanted(heard)) found = heard;
    }
    return found;
  }

  /** Reads on until a text has come from a call. */
  async text(call: number, text: string): Promise<void> {
    await this.next((heard) => heard.tag === 'data' && heard.call === call && heard.text.includes(text));
  }

  /** Reads to the end, at which no stream may be open or have anything to say. */
  async over(): Promise<void> {
    for (;;) {
      const heard = await this.#line();
      if (heard.tag !== 'over') continue;
      expect(heard).toEqual({ tag: 'over', open: 0, after: 0 });
      return;
    }
  }

  of(call: number): readonly HeardEvent[] {
    return this.#heard.filter((heard) => heard.call === call);
  }

  pieces(call: number): readonly { readonly length: number; readonly text: string }[] {
    return this.of(call).flatMap((heard) => (heard.tag === 'data' ? [heard] : []));
  }

  /** The text of a call whose pieces were short enough to be shown whole. */
  textOf(call: number): string {
    return this.pieces(call)
      .map(({ text }) => text)
      .join('');
  }

  lengthOf(call: number): number {
    return this.pieces(call).reduce((sum, { length }) => sum + length, 0);
  }

  bytesByBatch(call: number): readonly number[] {
    const sums = new Map<number, number>();
    for (const heard of this.of(call)) if (heard.tag === 'data') sums.set(heard.batch, (sums.get(heard.batch) ?? 0) + heard.length);
    return [...sums.values()];
  }
}

/** Numbers of eight digits, so that every place in a flood tells where it is. */
function flood(from: number, length: number): string {
  const first = Math.floor(from / 8);
  const numbers = Array.from({ length: Math.ceil(length / 8) + 1 }, (_, place) => String(first + place).padStart(8, '0'));
  return numbers.join('').slice(from % 8, (from % 8) + length);
}

/** That each piece begins where the one before it ended. */
function expectFlood(pieces: readonly { readonly length: number; readonly text: string }[]): void {
  let at = 0;
  for (const { length, text } of pieces) {
    expect(text).toBe(flood(at, text.length));
    at += length;
  }
}

/** A server whose answers a test speaks line by line. */
interface LineServer {
  readonly url: (name: string) => string;
  /** Resolves once a request for that line has come. */
  readonly opened: (name: string) => Promise<void>;
  /** Resolves once its connection is closed. */
  readonly left: (name: string) => Promise<void>;
  readonly say: (name: string, text: string) => void;
  readonly end: (name: string) => void;
  readonly breakOff: (name: string) => void;
  readonly close: () => Promise<void>;
}

interface Line {
  readonly response: ServerResponse;
  readonly left: Promise<void>;
}

async function startLineServer(): Promise<LineServer> {
  const lines = new Map<string, Line>();
  const sockets = new Set<Socket>();
  const news = new EventTarget();
  const server = createServer((request, response) => {
    const name = (request.url ?? '').slice(1);
    const left = new Promise<void>((resolve) => response.once('close', () => resolve()));
    lines.set(name, { response, left });
    news.dispatchEvent(new Event('line'));
    if (name === 'missing') response.writeHead(404).end();
    else if (name.startsWith('flood')) pour(response, Number(name.split('/')[1] ?? Number.POSITIVE_INFINITY));
    else if (name === 'count') void count(request).then((bytes) => response.end(String(bytes)));
    else if (!name.startsWith('no-answer')) response.flushHeaders();
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const opened = async (name: string): Promise<Line> => {
    for (;;) {
      const line = lines.get(name);
      if (line !== undefined) return line;
      await once(news, 'line');
    }
  };
  const line = (name: string): ServerResponse => {
    const found = lines.get(name);
    if (found === undefined) throw new Error(`nobody asked for ${name} yet`);
    return found.response;
  };
  return {
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    opened: async (name) => {
      await opened(name);
    },
    left: async (name) => (await opened(name)).left,
    say: (name, text) => line(name).write(text),
    end: (name) => line(name).end(),
    breakOff: (name) => line(name).destroy(),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes as fast as it is read. */
function pour(response: ServerResponse, length: number): void {
  let at = 0;
  const more = () => {
    while (!response.destroyed && at < length) {
      const piece = flood(at, Math.min(65_536, length - at));
      at += piece.length;
      if (!response.write(piece)) return;
    }
    if (at >= length) response.end();
  };
  // In a turn of its own: where the other side takes everything at once, Node would go on for ever without a look at other connections.
  response.on('drain', () => setImmediate(more));
  more();
}

async function count(request: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const piece of request) bytes += piece.length;
  return bytes;
}
