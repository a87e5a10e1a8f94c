import { HttpFailure } from '../../src/ports/http.ts';
import type { LogFields, LogLevel } from '../../src/ports/log.ts';
import type { Ports } from '../../src/ports/ports.ts';
import { fakeClock } from './ports.ts';
import { answeredStreams } from './streams.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Ports to a world where time passes for who waits alone, nothing answers and nothing is kept; the log is collected. */
export function quietPorts(): { readonly ports: Ports; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const clock = fakeClock('1970-01-01T00:00:00.000Z');
  const unreachable = () => new HttpFailure('unreachable', 'no network in this test');
  const ports: Ports = {
    clock,
    http: {
      send: () => {
        throw unreachable();
      },
      sendAll: (requests) => requests.map(unreachable),
      streams: () => answeredStreams(clock, unreachable),
    },
    keyvalue: {
      get: () => undefined,
      set: () => {},
      delete: () => {},
      exists: () => false,
      keys: () => [],
      getMany: (keys) => keys.map(() => undefined),
      setMany: () => {},
      deleteMany: () => {},
      increment: (_key, delta) => delta,
    },
    log: { write: (level, message, fields = {}) => lines.push({ level, message, fields }) },
    random: { fraction: () => 0.5, bytes: (length) => new Uint8Array(length) },
  };
  return { ports, lines };
}
