import { getRandomValues, randomBytes } from 'node:crypto';
import { InputStream } from './input-stream.ts';
import type { Mailbox } from './mailbox.ts';
import { OutputStream } from './output-stream.ts';
import { Pollable } from './poll.ts';

const NANOSECONDS_PER_MS = 1e6;
/** What one write to standard error may carry; nothing here is ever full. */
const PRINT_ROOM = 65_536;
/** The most random bytes in one call: no honest use comes near, and a wrong length must not take the memory of the host. */
const MOST_RANDOM_BYTES = 1_048_576;

/** Clocks. The monotonic one is that of `performance.now()`, which the mailbox sleeps by. */
export function clockImports(mailbox: Mailbox) {
  const pollableAt = (at: number) => new Pollable({ mailbox, at, isReady: () => performance.now() >= at });
  return {
    'wasi:clocks/monotonic-clock': {
      now: () => BigInt(Math.round(performance.now() * NANOSECONDS_PER_MS)),
      resolution: () => 1000n,
      subscribeInstant: (when: bigint) => pollableAt(Number(when) / NANOSECONDS_PER_MS),
      subscribeDuration: (duration: bigint) => pollableAt(performance.now() + Number(duration) / NANOSECONDS_PER_MS),
    },
    'wasi:clocks/wall-clock': {
      now: () => {
        const ms = performance.timeOrigin + performance.now();
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: Math.floor((ms % 1000) * NANOSECONDS_PER_MS) };
      },
      resolution: () => ({ seconds: 0n, nanoseconds: 1000 }),
    },
  };
}

function random(length: bigint): Uint8Array {
  if (length > MOST_RANDOM_BYTES) throw new Error(`at most ${MOST_RANDOM_BYTES} random bytes at once`);
  return new Uint8Array(randomBytes(Number(length)));
}

const randomU64 = () => getRandomValues(new BigUint64Array(1))[0] ?? 0n;

export const randomImports = {
  'wasi:random/random': { getRandomBytes: random, getRandomU64: randomU64 },
  'wasi:random/insecure': { getInsecureRandomBytes: random, getInsecureRandomU64: randomU64 },
  'wasi:random/insecure-seed': { insecureSeed: () => [randomU64(), randomU64()] },
};

/** wasi:config: the options the host was given, and nothing of its environment besides. */
export function configImports(options: ReadonlyMap<string, string>) {
  return {
    'wasi:config/store': {
      get: (key: string) => options.get(key),
      getAll: () => [...options],
    },
  };
}

/** How a component that calls `exit` ends: as a trap, since it has a request to answer. */
export class GuestExit extends Error {}

/** A type of wasi:cli or wasi:filesystem that the component may name, of which this host makes none. */
class Absent {
  [Symbol.dispose](): void {}
}

/** wasi:cli without environment, arguments, input or terminal, and wasi:filesystem without a single directory. What is printed goes to the host's log. */
export function cliImports(mailbox: Mailbox) {
  const printer = () =>
    new OutputStream({
      mailbox: undefined,
      isReady: () => true,
      room: () => PRINT_ROOM,
      write: (bytes) => mailbox.send({ tag: 'print', bytes }),
      flush: () => {},
    });
  const exit = (how: string): never => {
    throw new GuestExit(`the component called exit (${how})`);
  };
  return {
    'wasi:cli/environment': { getEnvironment: () => [], getArguments: () => [], initialCwd: () => undefined },
    'wasi:cli/exit': { exit: (status: { tag: string }) => exit(status.tag), exitWithCode: (code: number) => exit(String(code)) },
    'wasi:cli/stdin': { getStdin: () => InputStream.empty() },
    'wasi:cli/stdout': { getStdout: printer },
    'wasi:cli/stderr': { getStderr: printer },
    'wasi:cli/terminal-input': { TerminalInput: Absent },
    'wasi:cli/terminal-output': { TerminalOutput: Absent },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
    'wasi:filesystem/preopens': { getDirectories: () => [] },
    'wasi:filesystem/types': { Descriptor: Absent, DirectoryEntryStream: Absent, filesystemErrorCode: () => undefined },
  };
}
