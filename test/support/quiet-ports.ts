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

/** Ports to a world where time stands still, nothing answers and nothing is kept; the log is collected. */
export function quietPorts(): { readonly ports: Ports; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const unreachable = () => new HttpFailure('unreachable', 'no network in this test');
  const ports: Ports = {
    clock: { now: () => 0, monotonic: () => 0, sleep: () => {} },
    http: {
      send: () => {
        throw unreachable();
      },
      sendAll: (requests) => requests.map(unreachable),
      streams: () => answeredStreams(fakeClock(), unreachable),
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
