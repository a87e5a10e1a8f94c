import { type HeaderList, header } from '../../lib/headers.ts';
import { parseBounded } from '../../lib/json-text.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import { decodeUtf8 } from '../../lib/utf8.ts';
import type { StreamEvent } from '../../ports/http.ts';
import type { DiscoveryAnswer } from './discovery.ts';
import { join, LineReader } from './lines.ts';
import { DEMO_HEADER, failureRefusal, type Refusal, readPage, refusalOf } from './outcome.ts';
import type { WatchEvent } from './watch-state.ts';

/** Makes sense of one answer while it comes. `nowMs` is the time of day, milliseconds since 1970. */
export interface AnswerReader<Result> {
  /** What an event of its stream means, in order. After a refusal nothing more is to be had from it. */
  take(event: StreamEvent, nowMs: number): readonly Result[];
  /** The API calls itself a demo. */
  readonly demo: boolean;
}

type Head = Extract<StreamEvent, { tag: 'head' }>;

function isDemo(headers: HeaderList): boolean {
  return header(headers, DEMO_HEADER) === 'true';
}

/** A status other than 200 says all: nobody reads on. */
function refusalOfHead({ status, headers }: Head, nowMs: number): Refusal | undefined {
  return status === 200 ? undefined : refusalOf(status, parseRetryAfter(header(headers, 'retry-after'), nowMs));
}

/** An answer that is read when it is whole. */
abstract class WholeAnswer<Result> implements AnswerReader<Result> {
  #pieces: Uint8Array[] = [];
  demo = false;

  take(event: StreamEvent, nowMs: number): readonly Result[] {
    switch (event.tag) {
      case 'head': {
        this.demo = isDemo(event.headers);
        const refusal = refusalOfHead(event, nowMs);
        return refusal === undefined ? [] : [this.refused(refusal)];
      }
      case 'data':
        this.#pieces.push(event.bytes);
        return [];
      case 'end': {
        const body = join(this.#pieces);
        this.#pieces = [];
        return [this.read(body, event.truncated)];
      }
      case 'failed':
        return [this.refused(failureRefusal(event.failure))];
    }
  }

  protected abstract refused(refusal: Refusal): Result;
  protected abstract read(body: Uint8Array, truncated: boolean): Result;
}

/** One page of a list. */
export class PageAnswer extends WholeAnswer<WatchEvent> {
  protected override refused(refusal: Refusal): WatchEvent {
    return { tag: 'refused', refusal };
  }

  protected override read(body: Uint8Array, truncated: boolean): WatchEvent {
    return readPage(body, truncated);
  }
}

/** One document of discovery. */
export class DiscoveryDocument extends WholeAnswer<DiscoveryAnswer> {
  protected override refused(refusal: Refusal): DiscoveryAnswer {
    return { tag: 'refused', refusal };
  }

  protected override read(body: Uint8Array, truncated: boolean): DiscoveryAnswer {
    if (truncated) return this.refused({ tag: 'too-large' });
    const parsed = parseBounded(decodeUtf8(body));
    if (parsed.kind === 'value') return { tag: 'json', value: parsed.value };
    return this.refused({ tag: 'not-kubernetes', detail: 'discovery is not JSON' });
  }
}

/** A watch: lines as they come. */
export class WatchAnswer implements AnswerReader<WatchEvent> {
  readonly #lines: LineReader;
  demo = false;

  constructor(maxLineBytes: number) {
    this.#lines = new LineReader(maxLineBytes);
  }

  take(event: StreamEvent, nowMs: number): readonly WatchEvent[] {
    switch (event.tag) {
      case 'head': {
        this.demo = isDemo(event.headers);
        const refusal = refusalOfHead(event, nowMs);
        return [refusal === undefined ? { tag: 'opened' } : { tag: 'refused', refusal }];
      }
      case 'data': {
        const lines = this.#lines.push(event.bytes);
        if (lines === undefined) return [{ tag: 'refused', refusal: { tag: 'not-kubernetes', detail: 'a line of a watch is too long' } }];
        return lines.length === 0 ? [] : [{ tag: 'lines', lines }];
      }
      case 'end':
        return [{ tag: 'ended' }];
      case 'failed':
        return [{ tag: 'refused', refusal: failureRefusal(event.failure) }];
    }
  }
}
