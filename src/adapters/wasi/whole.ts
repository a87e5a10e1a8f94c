import type { HeaderList } from '../../lib/headers.ts';
import { HttpFailure, type HttpRequest, type HttpResponse, type HttpStreams, type StreamEvent } from '../../ports/http.ts';
import { ByteBuffer } from './byte-buffer.ts';

type Result = HttpResponse | HttpFailure;

/** Sends all requests over streams of their own, and waits for the whole answers. Each result stands where its request stood. */
export function wholeAnswers(streams: HttpStreams, requests: readonly HttpRequest[]): readonly Result[] {
  const answers = requests.map(({ maxBodyBytes }) => new Answer(maxBodyBytes));
  const byStream = new Map(requests.map((request, place) => [streams.open(request), answers[place]]));
  const longest = Math.max(0, ...requests.map((request) => request.timeoutMs));
  while (streams.count > 0) for (const event of streams.next(longest)) byStream.get(event.stream)?.take(event);
  return answers.map((answer) => answer.result);
}

/** The pieces of one answer, as they come. */
class Answer {
  readonly #body: ByteBuffer;
  #status = 0;
  #headers: HeaderList = [];
  #result: Result = new HttpFailure('protocol', 'the stream never ended');

  constructor(maxBodyBytes: number) {
    this.#body = new ByteBuffer(maxBodyBytes);
  }

  get result(): Result {
    return this.#result;
  }

  take(event: StreamEvent): void {
    switch (event.tag) {
      case 'head':
        this.#status = event.status;
        this.#headers = event.headers;
        break;
      case 'data':
        this.#body.add(event.bytes);
        break;
      case 'end':
        this.#result = { status: this.#status, headers: this.#headers, body: this.#body.bytes(), truncated: event.truncated };
        break;
      case 'failed':
        this.#result = event.failure;
        break;
    }
  }
}
