/** How one run of the collector ended. */
export type RunOutcome =
  | { readonly tag: 'done' }
  /** Another collector is at work; it is worth asking again after that many milliseconds. */
  | { readonly tag: 'standby'; readonly retryAfterMs: number }
  /** With the reason, in words. */
  | { readonly tag: 'failed'; readonly why: string };

export interface TickerOptions {
  /** Runs the collector once. It may reject, too. The signal ends it when the ticker stops. */
  readonly run: (signal: AbortSignal) => Promise<RunOutcome>;
  /** Resolves after that time; rejects when the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Is told when the collector begins to fail, and when it works again, a line at a time. */
  readonly say: (line: string) => void;
}

/** Between two runs. */
const PAUSE_MS = 200;
/** After the first failure; each further one in a row doubles it. */
const FIRST_BACKOFF_MS = 1_000;
const LAST_BACKOFF_MS = 30_000;

/** Runs the collector again and again, one run after the other, the first at once, until it is stopped. */
export class Ticker {
  /** Resolves when the first run has ended, however it did. */
  readonly first: Promise<void>;
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  constructor(options: TickerOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    this.#over = loop(options, this.#stop.signal, resolve);
  }

  /** Ends the run or the pause that is under way. Resolves when nothing more happens. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#over;
  }
}

/** Never rejects. */
async function loop({ run, wait, say }: TickerOptions, signal: AbortSignal, ranOnce: () => void): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const outcome = await attempt(run, signal);
    ranOnce();
    if (signal.aborted) return;
    if (outcome.tag !== 'failed') {
      if (failures > 0) say('the collector works again');
      failures = 0;
    } else {
      if (failures === 0) say(`the collector fails, and is tried again: ${outcome.why}`);
      failures++;
    }
    // Rejects when the ticker stops, which the loop sees.
    await wait(pauseAfter(outcome, failures), signal).catch(() => {});
  }
}

async function attempt(run: TickerOptions['run'], signal: AbortSignal): Promise<RunOutcome> {
  try {
    return await run(signal);
  } catch (error) {
    return { tag: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

function pauseAfter(outcome: RunOutcome, failures: number): number {
  switch (outcome.tag) {
    case 'done':
      return PAUSE_MS;
    case 'standby':
      return Math.min(LAST_BACKOFF_MS, Math.max(PAUSE_MS, outcome.retryAfterMs));
    case 'failed':
      return Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 1));
  }
}
