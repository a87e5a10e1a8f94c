export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What one line may carry: plain values, no arguments of callers, no secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The structured log: one JSON object a line. Never throws. */
export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}
