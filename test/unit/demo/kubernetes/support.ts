import { type DemoHandler, isStream } from '../../../../src/demo/http.ts';
import type { HeaderList } from '../../../../src/lib/headers.ts';
import { decodeUtf8, encodeUtf8 } from '../../../../src/lib/utf8.ts';
import type { FakeClock } from '../../../support/ports.ts';

export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** One request to a demo API; of a stream, what it says at once. */
export function ask(
  demo: DemoHandler,
  method: string,
  target: string,
  { headers = [], body }: { readonly headers?: HeaderList; readonly body?: string | undefined } = {},
): Answer {
  const answer = demo(requestOf(method, target, headers, body));
  if (!isStream(answer)) return { status: answer.status, headers: answer.headers, body: decodeUtf8(answer.body) };
  let text = '';
  answer.start(
    (bytes) => {
      text += decodeUtf8(bytes);
    },
    () => {},
  )();
  return { status: answer.status, headers: answer.headers, body: text };
}

/** A watch of a demo API that is being read. */
export interface DemoWatch {
  readonly status: number;
  /** The next line. Lets time pass until there is one; undefined when the stream has ended. */
  next(): Promise<string | undefined>;
  /** The lines that are there now. */
  ready(): readonly string[];
  readonly ended: boolean;
  close(): void;
}

const STEP_MS = 100;
/** Nobody waits longer for a line: the watch would go on for ever. */
const PATIENCE_MS = 3_600_000;

export function watch(demo: DemoHandler, clock: FakeClock, target: string, headers: HeaderList = []): DemoWatch {
  const answer = demo(requestOf('GET', target, headers));
  if (!isStream(answer)) throw new Error(`no stream: ${answer.status} ${decodeUtf8(answer.body)}`);
  const lines: string[] = [];
  let ended = false;
  const stop = answer.start(
    (bytes) => {
      if (ended) throw new Error('written after the end');
      lines.push(
        ...decodeUtf8(bytes)
          .split('\n')
          .filter((line) => line !== ''),
      );
    },
    () => {
      if (ended) throw new Error('ended twice');
      ended = true;
    },
  );
  return {
    status: answer.status,
    next: async () => {
      for (let waited = 0; lines.length === 0 && !ended; waited += STEP_MS) {
        if (waited > PATIENCE_MS) throw new Error(`nothing from ${target} in an hour`);
        clock.advance(STEP_MS);
        demo.tick?.();
      }
      return lines.shift();
    },
    ready: () => lines.splice(0),
    get ended() {
      return ended;
    },
    close: () => {
      stop();
      ended = true;
    },
  };
}

function requestOf(method: string, target: string, headers: HeaderList, body = '') {
  const [path = '', query = ''] = target.split('?', 2);
  return { method, path, query, headers, body: encodeUtf8(body) };
}
