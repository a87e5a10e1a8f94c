import { appendFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

/**
 * Appends one line, `PASSED FAILED`, to a file at the end of each run, for the sum that .ci/run prints. A test file that could not be loaded
 * and an error outside of all tests count as failures; skipped tests count as nothing.
 */
export function countReporter(file: string): Reporter {
  return {
    onTestRunEnd: (modules, unhandledErrors) => {
      let passed = 0;
      let failed = unhandledErrors.length;
      for (const module of modules) {
        failed += module.errors().length;
        for (const test of module.children.allTests()) {
          const { state } = test.result();
          if (state === 'passed') passed++;
          if (state === 'failed') failed++;
        }
      }
      appendFileSync(file, `${passed} ${failed}\n`);
    },
  };
}
