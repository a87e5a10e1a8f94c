/** `npm run check`: everything that can be judged without running the product. Each step says what it does and, when it fails, how to mend it. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './wit.ts';

const STEPS: readonly { readonly name: string; readonly command: readonly string[]; readonly mend: string }[] = [
  { name: 'generated files', command: ['node', 'scripts/generate.ts', '--check'], mend: 'npm run generate' },
  { name: 'types of the component', command: ['tsc', '-p', 'tsconfig.json'], mend: 'mend the types above' },
  { name: 'types of the host, scripts and tests', command: ['tsc', '-p', 'tsconfig.node.json'], mend: 'mend the types above' },
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings', '.'], mend: 'npx biome check --write .' },
  {
    name: 'manifests by our own analysis',
    command: ['node', 'scripts/analyze.ts', 'deploy/istio', 'deploy/petstore-demo/policies'],
    mend: 'each finding says how',
  },
  {
    name: 'architecture',
    command: ['vitest', 'run', '--project', 'unit', 'test/architecture'],
    mend: 'turn the arrow round, see ARCHITECTURE.md',
  },
];

const failed = STEPS.filter(({ name, command: [program = '', ...args], mend }) => {
  console.error(`check: ${name}`);
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return false;
  console.error(`check: ${name} failed${error ? ` (${error.message}; run it with npm run check)` : ''}: ${mend}`);
  return true;
});
process.exit(failed.length === 0 ? 0 : 1);
