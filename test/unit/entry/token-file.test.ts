import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { followToken } from '../../../src/entry/host/token-file.ts';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mesh-mcp-test-'));
  file = path.join(folder, 'token');
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** In one step, so that nobody reads a file that is half written. */
function put(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function follow() {
  const tokens: string[] = [];
  const said: string[] = [];
  const followed = await followToken({ file, changed: (token) => tokens.push(token), say: (line) => said.push(line) });
  onTestFinished(() => followed.close());
  return { followed, tokens, said };
}

/** Lets time pass until that holds; the disk keeps its own time. */
async function soon(holds: () => void): Promise<void> {
  await vi.waitFor(() => {
    vi.advanceTimersByTime(5_000);
    holds();
  });
}

describe('a token in a file', () => {
  it('is read without what surrounds it', async () => {
    put(' first\n');
    expect((await follow()).followed.token).toBe('first');
  });

  it('is given again when it has changed, and only then', async () => {
    put('first');
    const { tokens, said } = await follow();
    put('second\n');
    await soon(() => expect(tokens).toEqual(['second']));
    put('second');
    vi.advanceTimersByTime(20_000);
    put('third');
    await soon(() => expect(tokens.at(-1)).toBe('third'));
    expect(tokens).toEqual(['second', 'third']);
    expect(said).toEqual([]);
  });

  it('is found where a mount changes a link, as Kubernetes does', async () => {
    for (const version of ['1', '2']) writeFileSync(path.join(folder, version), `token-${version}`);
    const data = path.join(folder, '..data');
    symlinkSync('1', data);
    symlinkSync('..data', file);
    const { followed, tokens } = await follow();
    expect(followed.token).toBe('token-1');
    symlinkSync('2', `${data}_tmp`);
    renameSync(`${data}_tmp`, data);
    await soon(() => expect(tokens).toEqual(['token-2']));
  });

  it('stays in use while the file has none, which is said once, and that it has one again', async () => {
    put('first');
    const { tokens, said } = await follow();
    rmSync(file);
    await soon(() => expect(said).toHaveLength(1));
    put('two words');
    vi.advanceTimersByTime(10_000);
    put('second');
    await soon(() => expect(said).toHaveLength(2));
    expect(said).toEqual([`the token file ${file} cannot be read (ENOENT); the last token stays in use`, `${file} has a token again`]);
    expect(tokens).toEqual(['second']);
  });

  it.each(['', '\n', 'two words', 'line\nline', 'smörgås'])('must be one at first: %j is none, and is not shown', async (text) => {
    put(text);
    await expect(follow()).rejects.toThrow(`${file} holds no token: one line of printable ASCII is wanted`);
  });

  it('must be there at first', async () => {
    await expect(follow()).rejects.toThrow('cannot be read (ENOENT)');
  });

  it('is not looked at any more after the end', async () => {
    put('first');
    const { followed } = await follow();
    followed.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
