import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../support/node-server.ts';
import { BASELINE } from './baseline.ts';
import { serveFixture } from './fixture/serve.ts';

const MODULES = path.resolve(import.meta.dirname, '../../node_modules');

/** The runs: the package's alias, its arguments, and fewest scenarios that it must have run to mean anything. */
const RUNS = [
  { name: '2025-11-25 and before, suite 0.1', suite: 'conformance-initialize-era', args: [], scenarios: 30 },
  { name: '2025-11-25, suite 0.2', suite: 'conformance-stateless-era', args: ['--requirements', '2025-11-25'], scenarios: 30 },
  { name: '2026-07-28, suite 0.2', suite: 'conformance-stateless-era', args: ['--requirements', '2026-07-28'], scenarios: 45 },
] as const;

interface Outcome {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

let server: RunningServer;
beforeAll(async () => {
  server = await serveFixture();
});
afterAll(() => server.close());

/** Runs a suite; its exit code says less than its summary, which has a line `✓ scenario: …` or `✗ scenario: …` for each. */
function run(suite: string, args: readonly string[]): Promise<Outcome> {
  const program = path.join(MODULES, suite, 'dist/index.js');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, 'server', '--url', `${server.url}/mcp`, ...args],
      { cwd: tmpdir(), timeout: 100_000, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        const summary = stdout.split('=== SUMMARY ===')[1];
        if (summary === undefined) {
          reject(new Error(`no summary came: ${stdout.slice(-2000)}${stderr.slice(-2000)}`));
          return;
        }
        const lines = (mark: string) => [...summary.matchAll(new RegExp(`^${mark} ([^:\\s]+):`, 'gm'))].map((match) => match[1] ?? '');
        resolve({ passed: lines('✓'), failed: lines('✗') });
      },
    );
  });
}

describe('the conformance suites', () => {
  it.each(RUNS)(
    '$name',
    async ({ suite, args, scenarios }) => {
      const { passed, failed } = await run(suite, args);
      const excused = BASELINE.map(({ scenario }) => scenario);
      expect(passed.length + failed.length).toBeGreaterThanOrEqual(scenarios);
      expect(failed.filter((scenario) => !excused.includes(scenario))).toEqual([]);
      expect(passed.filter((scenario) => excused.includes(scenario))).toEqual([]);
    },
    120_000,
  );
});
