import { defineConfig } from 'vitest/config';
import { countReporter } from './test/support/counts.ts';

// Set by .ci/run, which adds up the runs.
const { MESH_MCP_COUNTS } = process.env;

export default defineConfig({
  test: {
    reporters: MESH_MCP_COUNTS === undefined ? ['default'] : ['default', countReporter(MESH_MCP_COUNTS)],
    projects: [
      {
        // Needs npm alone.
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**'],
          // To load the source anew for each file is two fifths of the time, and modules hold no state that a test could leave behind.
          isolate: false,
          // No test takes long, but a busy machine may be ten times slower than a quiet one, and that is no failure.
          testTimeout: 60_000,
        },
      },
      {
        // Needs what test/system/tools/install.ts installs. One file at a time: each starts servers of its own.
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/system/support/build.ts'],
          fileParallelism: false,
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
