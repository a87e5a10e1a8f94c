import type { HeaderList } from '../../../src/lib/headers.ts';

/** A watch of a real API server. */
export interface ApiWatch {
  readonly status: number;
  /** The next line, or undefined when the stream has ended. */
  next(): Promise<string | undefined>;
  close(): void;
}

/** Sends a GET and reads its answer line by line as it comes. */
export async function watchLines(url: string, headers: HeaderList): Promise<ApiWatch> {
  const controller = new AbortController();
  const response = await fetch(url, {
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    signal: controller.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    status: response.status,
    next: async () => {
      for (;;) {
        const end = text.indexOf('\n');
        if (end !== -1) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        // The API server ends every event with a line feed: what comes after the last one is half an event.
        if (done) return undefined;
        text += value;
      }
    },
    close: () => controller.abort(),
  };
}
