import { getStderr } from 'wasi:cli/stderr@0.2.12';
import { encodeUtf8 } from '../../lib/utf8.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log, LogLevel } from '../../ports/log.ts';
import { dispose } from './resource.ts';
import { writeAll } from './stream.ts';

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One JSON line a message on standard error; lines below `least` are dropped. */
export function wasiLog(clock: Clock, least: LogLevel): Log {
  return {
    write: (level, message, fields = {}) => {
      if (SEVERITY[level] < SEVERITY[least]) return;
      const line = JSON.stringify({ time: new Date(clock.now()).toISOString(), level, message, ...fields });
      try {
        const stderr = getStderr();
        writeAll(stderr, encodeUtf8(`${line}\n`));
        dispose(stderr);
      } catch {
        // Nowhere is left to say that the log cannot be written; the request goes on.
      }
    },
  };
}
