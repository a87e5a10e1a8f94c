import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from '@bytecodealliance/jco';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadComponent } from '../../../../src/adapters/node/component.ts';

const EMPTY = '(component (core module (memory 1)) (core instance (instantiate 0)))';

let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(path.join(tmpdir(), 'mesh-mcp-cache-'));
});
afterAll(() => rm(cache, { recursive: true, force: true }));

async function load(toolchain: string) {
  const said: string[] = [];
  const component = await loadComponent(await parse(EMPTY), cache, toolchain, (line) => said.push(line));
  return { component, said };
}

describe('loadComponent', { timeout: 60_000 }, () => {
  it('translates once, and finds it again', async () => {
    const first = await load('one');
    expect(first.said).toEqual([expect.stringContaining('translating')]);
    const second = await load('one');
    expect(second.said).toEqual([]);
    expect(second.component.module).toBe(first.component.module);
    expect([...second.component.cores.keys()]).toEqual(['component.core.wasm']);
    const { instantiate } = await import(/* @vite-ignore */ second.component.module);
    expect(instantiate((name: string) => second.component.cores.get(name), {})).toEqual({});
  });

  it('two at once do not disturb each other', async () => {
    const [first, second] = await Promise.all([load('two'), load('two')]);
    expect(first.component.module).toBe(second.component.module);
    expect((await load('two')).said).toEqual([]);
  });

  it('keeps the latest few and nothing half done', async () => {
    for (let i = 0; i < 12; i++) await load(`number ${i}`);
    const kept = await readdir(cache);
    expect(kept).toHaveLength(8);
    for (const name of kept) expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect((await load('number 11')).said).toEqual([]);
  });
});
