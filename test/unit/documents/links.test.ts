import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../scripts/wit.ts';
import { CHECKS } from '../../../src/policy/analyze/checks.ts';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const there = (...parts: readonly string[]): boolean => existsSync(path.join(ROOT, ...parts));

/** Every document of the project. */
const DOCUMENTS = readdirSync(ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (entry.isFile()) return entry.name.endsWith('.md') ? [entry.name] : [];
  if (entry.name.startsWith('.') || ['node_modules', 'dist'].includes(entry.name)) return [];
  return readdirSync(path.join(ROOT, entry.name), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => path.join(entry.name, file));
});

/** A heading as GitHub makes an anchor of it. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function anchorsOf(file: string): readonly string[] {
  return [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
}

/** Whether a link in that file leads to no file or no heading. */
function dead(file: string, link: string): boolean {
  const [target = '', heading] = link.split('#');
  const found = target === '' ? file : path.join(path.dirname(file), target);
  return !there(found) || (heading !== undefined && !anchorsOf(found).includes(heading));
}

const SCRIPTS = Object.keys((JSON.parse(read('package.json')) as { readonly scripts: object }).scripts);

describe('the documents', () => {
  it('are found', () => {
    for (const file of [
      'README.md',
      'docs/access.md',
      'docs/analysis/README.md',
      'decisions/001-own-dispatcher.md',
      'charts/mesh-mcp/README.md',
    ]) {
      expect(DOCUMENTS).toContain(file);
    }
  });

  it.each(DOCUMENTS)('%s leads to files and headings that there are', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^https?:/.test(link));
    expect(links.filter((link) => dead(file, link))).toEqual([]);
  });

  it.each(DOCUMENTS)('%s names files and commands of the project that there are', (file) => {
    const text = read(file);
    const named = [...text.matchAll(/`((?:bench|charts|decisions|deploy|docs|scripts|src|test|wit)\/[\w./-]+)`/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !there(name) && !there(path.dirname(file), name))).toEqual([]);
    const scripts = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script = '']) => script);
    expect(scripts.filter((script) => !SCRIPTS.includes(script))).toEqual([]);
  });

  it('count the checks as they are', () => {
    expect(read('CHANGELOG.md')).toContain(`\`npm run analyze\`: ${CHECKS.length} checks`);
  });
});
