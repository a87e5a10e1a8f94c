import { afterEach, describe, expect, it } from 'vitest';
import { type Listening, serveDemo } from '../../../../src/adapters/node/demo-server.ts';
import type { DemoAnswer, DemoHandler } from '../../../../src/demo/http.ts';
import { encodeUtf8 } from '../../../../src/lib/utf8.ts';

const open: Listening[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function serve(answer: () => DemoAnswer, tick?: () => void): Promise<string> {
  const handler: DemoHandler = Object.assign(() => answer(), tick === undefined ? {} : { tick });
  const server = await serveDemo(handler);
  open.push(server);
  return server.url;
}

const HEADERS = [['content-type', 'application/json']] as const;

/** A stream that the test writes to. */
function controlled() {
  const started = Promise.withResolvers<{ write: (text: string) => void; end: () => void }>();
  const left = Promise.withResolvers<void>();
  const answer = (): DemoAnswer => ({
    status: 200,
    headers: HEADERS,
    start: (write, end) => {
      started.resolve({ write: (text) => write(encodeUtf8(text)), end });
      return left.resolve;
    },
  });
  return { answer, started: started.promise, left: left.promise };
}

describe('serveDemo', () => {
  it('answers whole', async () => {
    const url = await serve(() => ({
      status: 201,
      headers: [...HEADERS, ['warning', '299 - "a"'], ['warning', '299 - "b"']],
      body: encodeUtf8('{}'),
    }));
    const response = await fetch(url);
    expect(response.status).toBe(201);
    expect(response.headers.get('warning')).toBe('299 - "a", 299 - "b"');
    expect(await response.text()).toBe('{}');
  });

  it('sends the head of a stream at once, each piece as it is written, and ends it', async () => {
    const { answer, started, left } = controlled();
    const response = await fetch(await serve(answer));
    expect(response.status).toBe(200);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const stream = await started;
    for (const piece of ['one\n', 'two\n']) {
      stream.write(piece);
      expect(await reader?.read()).toEqual({ done: false, value: piece });
    }
    stream.end();
    expect(await reader?.read()).toEqual({ done: true, value: undefined });
    await left;
    // Nothing happens after that.
    stream.write('three\n');
    stream.end();
  });

  it('takes a stream that ends before it has begun', async () => {
    const url = await serve(() => ({
      status: 200,
      headers: HEADERS,
      start: (write, end) => {
        write(encodeUtf8('all'));
        end();
        return () => {};
      },
    }));
    expect(await (await fetch(url)).text()).toBe('all');
  });

  it('tells the demo when the client has left', async () => {
    const { answer, started, left } = controlled();
    const controller = new AbortController();
    const response = await fetch(await serve(answer), { signal: controller.signal });
    expect(response.ok).toBe(true);
    await started;
    controller.abort();
    await left;
  });

  it('cuts a client off that does not read', async () => {
    const { answer, started, left } = controlled();
    const response = await fetch(await serve(answer));
    expect(response.ok).toBe(true);
    const stream = await started;
    const piece = 'x'.repeat(1_048_576);
    for (let written = 0; written < 64; written++) stream.write(piece);
    await left;
  });

  it('ends streams when it is closed', async () => {
    const { answer, started, left } = controlled();
    const response = await fetch(await serve(answer));
    expect(response.ok).toBe(true);
    await started;
    await open.pop()?.close();
    await left;
  });

  it('lets a demo look at its clock again and again, as long as it serves it', async () => {
    const ticked = Promise.withResolvers<void>();
    let ticks = 0;
    await serve(
      () => ({ status: 200, headers: [], body: new Uint8Array() }),
      () => {
        if (++ticks === 2) ticked.resolve();
      },
    );
    await ticked.promise;
  });

  it('says 500 for a demo that fails', async () => {
    const url = await serve(() => {
      throw new Error('broken');
    });
    expect((await fetch(url)).status).toBe(500);
  });
});
