/**
 * `npm run generate` writes what is made from other files; `npm run generate -- --check` fails when something written is not what would be written now.
 *  - src/generated/wit/: the types of our WASI imports, from the WIT, by jco.
 *  - src/generated/version.ts: the version, from package.json, for the component that can read no file.
 *  - docs/configuration.md: the options, from the table in src/config.ts.
 *  - charts/: the READMEs' tables of values, the rights to read, the names of options (chart-files.ts).
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { OPTIONS, type Option } from '../src/config.ts';
import { chartFiles } from './chart-files.ts';
import { assembleWit, filesBelow, ROOT } from './wit.ts';

const GENERATED = 'src/generated';
const TYPES = 'src/generated/wit';

/** Every generated file: its path in the project, and its text. */
async function generated(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...(await witTypes()),
    ['src/generated/version.ts', await versionModule()],
    ['docs/configuration.md', configurationPage()],
    ...(await chartFiles()),
  ]);
}

async function versionModule(): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  return `// Written by scripts/generate.ts from package.json. Do not edit.\nexport const VERSION = '${version}';\n`;
}

async function witTypes(): Promise<readonly (readonly [string, string])[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mesh-mcp-wit-'));
  try {
    const wit = path.join(folder, 'wit');
    await assembleWit(wit);
    const out = path.join(folder, 'types');
    const jco = path.join(ROOT, 'node_modules/.bin/jco');
    await promisify(execFile)(jco, ['guest-types', wit, '--world-name', 'mesh-mcp', '--out-dir', out, '--quiet']);
    const header = '// Written by scripts/generate.ts with jco, from wit/ and the WASI packages that jco ships. Do not edit.\n';
    return Promise.all(
      (await filesBelow(out)).map(
        async (file) => [path.join(TYPES, path.relative(out, file)), header + (await readFile(file, 'utf8'))] as const,
      ),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function configurationPage(): string {
  const rows = Object.values<Option<unknown>>(OPTIONS).map(({ name, type, default: fallback, secret, description }) => {
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${name}\` | ${type.replaceAll('|', '\\|')} | ${shown} | ${description}${secret && type !== 'secret' ? ' Secret.' : ''} |`;
  });
  return `<!-- Written by scripts/generate.ts from the table in src/config.ts. Do not edit. -->
# Configuration

Each option is read from \`wasi:config\`, and where it is not set there from the environment. An option set to the empty text counts as unset. A value that
does not fit stops the server from answering anything but an error that lists every option that is wrong.

| option | type | default | meaning |
|---|---|---|---|
${rows.join('\n')}
`;
}

async function readOrEmpty(file: string): Promise<string> {
  return readFile(path.join(ROOT, file), 'utf8').catch(() => '');
}

const files = await generated();
const present = await filesBelow(path.join(ROOT, GENERATED)).catch(() => []);
const leftOver = present.map((file) => path.relative(ROOT, file)).filter((file) => !files.has(file));
if (process.argv.includes('--check')) {
  const changed = [...leftOver];
  for (const [file, text] of files) if ((await readOrEmpty(file)) !== text) changed.push(file);
  if (changed.length > 0) {
    console.error(`not up to date, run \`npm run generate\`:\n  ${changed.join('\n  ')}`);
    process.exit(1);
  }
} else {
  for (const file of leftOver) await rm(path.join(ROOT, file));
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(ROOT, file)), { recursive: true });
    await writeFile(path.join(ROOT, file), text);
  }
}
