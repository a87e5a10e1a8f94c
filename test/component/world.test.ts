import { readFile, stat } from 'node:fs/promises';
import { componentWit } from '@bytecodealliance/jco';
import { beforeAll, describe, expect, it } from 'vitest';
import { build, componentPath, ENGINES, type Engine } from '../../scripts/build.ts';
import { ALIAS_VERSION } from '../../scripts/quickjs.ts';
import { WASI_VERSION } from '../../scripts/wit.ts';

/** What our source imports, in both builds. A new line here is a new right that every host must grant. */
const OURS = (version: string) => [
  `wasi:cli/environment@${version}`,
  `wasi:cli/stderr@${version}`,
  `wasi:clocks/monotonic-clock@${version}`,
  `wasi:clocks/wall-clock@${version}`,
  'wasi:config/store@0.2.0-rc.1',
  `wasi:http/outgoing-handler@${version}`,
  `wasi:http/types@${version}`,
  `wasi:io/error@${version}`,
  `wasi:io/poll@${version}`,
  `wasi:io/streams@${version}`,
  'wasi:keyvalue/atomics@0.2.0-draft',
  'wasi:keyvalue/batch@0.2.0-draft',
  'wasi:keyvalue/store@0.2.0-draft',
  `wasi:random/random@${version}`,
];

/** What the QuickJS engine itself imports, through its C library. It opens no file: no host grants it a directory. */
const QUICKJS_ENGINE = [
  'cli/environment',
  'cli/exit',
  'cli/stderr',
  'cli/stdin',
  'cli/stdout',
  'cli/terminal-input',
  'cli/terminal-output',
  'cli/terminal-stderr',
  'cli/terminal-stdin',
  'cli/terminal-stdout',
  'clocks/monotonic-clock',
  'clocks/wall-clock',
  'filesystem/preopens',
  'filesystem/types',
  'io/error',
  'io/poll',
  'io/streams',
  'random/insecure-seed',
].map((name) => `wasi:${name}@${WASI_VERSION}`);

/** The same of StarlingMonkey: its share of the C library, as far as our own imports do not name it already. */
const STARLINGMONKEY_ENGINE = [
  'cli/stdin',
  'cli/stdout',
  'cli/terminal-input',
  'cli/terminal-output',
  'cli/terminal-stderr',
  'cli/terminal-stdin',
  'cli/terminal-stdout',
  'filesystem/preopens',
  'filesystem/types',
].map((name) => `wasi:${name}@${WASI_VERSION}`);

const EXPECTED: Readonly<Record<Engine, { readonly imports: readonly string[]; readonly exports: readonly string[] }>> = {
  quickjs: {
    imports: [...OURS(ALIAS_VERSION), ...QUICKJS_ENGINE].sort(),
    // `init` is what componentize-qjs calls while it takes the snapshot; it stays in the component, and no host calls it.
    exports: ['init', `wasi:http/incoming-handler@${ALIAS_VERSION}`],
  },
  starlingmonkey: {
    imports: [...OURS(WASI_VERSION), ...STARLINGMONKEY_ENGINE].sort(),
    exports: [`wasi:http/incoming-handler@${WASI_VERSION}`],
  },
};

describe.each(ENGINES)('the component on %s', (engine) => {
  let wit = '';

  beforeAll(async () => {
    await build({ engines: [engine], typeCheck: false, say: () => {} });
    wit = await componentWit(await readFile(componentPath(engine)));
  }, 300_000);

  it('imports exactly what it is known to import', () => {
    expect(named(wit, 'import')).toEqual(EXPECTED[engine].imports);
  });

  it('exports the HTTP handler and nothing unknown', () => {
    expect(named(wit, 'export')).toEqual(EXPECTED[engine].exports);
  });
});

describe('the size of the QuickJS component', () => {
  // decisions/009 says what it is made of.
  it('stays under 13 MB', async () => {
    await build({ engines: ['quickjs'], typeCheck: false, say: () => {} });
    expect((await stat(componentPath('quickjs'))).size).toBeLessThan(13_000_000);
  }, 300_000);
});

/** The names after `import` or `export` in the component's world, sorted. */
function named(wit: string, keyword: 'import' | 'export'): readonly string[] {
  const pattern = new RegExp(`^\\s*${keyword} ([^;:\\s]+(?::[^;\\s]+)?)`, 'gm');
  return [...wit.matchAll(pattern)].map((match) => (match[1] ?? '').replace(/:$/, '')).sort();
}
