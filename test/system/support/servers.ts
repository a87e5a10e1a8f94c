import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';

/** Something that was started and must be ended. */
export interface Server {
  readonly name: string;
  /** All output so far, as far as it is kept. */
  readonly log: () => string;
  /** Resolves once it has ended. */
  readonly stop: () => Promise<void>;
}

/** What one test file, or one `describe`, has running. */
export interface Servers {
  /** From here on the server is ended when the tests are over, and its output is shown with every test that fails. */
  readonly add: <Kind extends Server>(server: Kind) => Kind;
  /** A folder that is removed when the tests are over and the servers have ended. */
  readonly folder: () => string;
}

/**
 * Call it at the top of a file or a `describe`, and give it to every `start…` function. The servers end in the reverse order of their start,
 * also when a test or a later start fails.
 */
export function useServers(): Servers {
  const running: Server[] = [];
  const folders: string[] = [];
  const seen = new Map<Server, number>();

  beforeEach(() => {
    for (const server of running) seen.set(server, server.log().length);
  });
  afterEach(({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const server of running) {
      const written = server.log().slice(seen.get(server) ?? 0);
      if (written !== '') console.error(`--- ${server.name}, during "${task.name}":\n${written}`);
    }
  });
  afterAll(async () => {
    const problems: unknown[] = [];
    for (const server of running.reverse()) await server.stop().catch((error) => problems.push(error));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    if (problems.length > 0) throw new AggregateError(problems, `not everything ended well: ${problems.join('; ')}`);
  });

  return {
    add: (server) => {
      running.push(server);
      return server;
    },
    folder: () => {
      const folder = mkdtempSync(join(tmpdir(), 'mesh-mcp-test-'));
      folders.push(folder);
      return folder;
    },
  };
}
