/**
 * Who must act on a failure:
 *  - `invalid`: the caller's input is wrong, or the upstream refused it; the same call will fail again.
 *  - `denied`: the caller, or this server, lacks the right.
 *  - `unavailable`: an upstream or the store does not answer; the same call may work later.
 *  - `conflict`: the thing changed meanwhile; read it again.
 *  - `internal`: a defect of ours; the request id finds it in the log.
 */
export type ErrorCode = 'invalid' | 'denied' | 'unavailable' | 'conflict' | 'internal';

/** What a `MeshError` may carry besides its message. */
export interface ErrorDetails {
  /** How long to wait before the same call is worth another try, in milliseconds. */
  readonly retryAfterMs?: number;
  /** What happened underneath: for the log only, never for the caller. */
  readonly cause?: unknown;
}

/**
 * The one error type that crosses our layers. It is made where the fact is known; its message is text of our own, safe to show
 * to any caller, and says what to do. Whatever an upstream said belongs in `cause`.
 */
export class MeshError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'MeshError';
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** A short text for the log, whatever was thrown: WASI errors are plain objects with a `tag`. */
export function describe(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.cause === undefined ? thrown.message : `${thrown.message} (${describe(thrown.cause)})`;
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}
