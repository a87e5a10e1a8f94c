import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { analyze } from '../../../../src/policy/analyze/analyze.ts';
import { CHECKS } from '../../../../src/policy/analyze/checks.ts';
import { CODES } from '../../../../src/policy/analyze/codes.ts';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const DOCS = path.join(ROOT, 'docs/analysis');
const namesIn = (folder: string, end: string) =>
  readdirSync(path.join(ROOT, folder))
    .filter((file) => file.endsWith(end))
    .map((file) => file.slice(0, -end.length));

describe('docs/analysis', () => {
  it('has a page for each code, and no other', () => {
    expect(namesIn('docs/analysis', '.md').sort()).toEqual(['README', ...Object.keys(CODES)].sort());
  });

  it('has a table of all codes', () => {
    const table = readFileSync(path.join(DOCS, 'README.md'), 'utf8');
    const rows = Object.entries(CODES).map(([code, { severity, title }]) => `| [${code}](${code}.md) | ${severity} | ${title} |`);
    // The formatter may align the columns.
    const shown = table.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    expect(shown.filter((line) => line.startsWith('| ['))).toEqual(rows);
  });

  it.each(Object.entries(CODES))('%s: the page says what it is and its example has the mistake', (code, { title, severity }) => {
    const page = readFileSync(path.join(DOCS, `${code}.md`), 'utf8');
    expect(page).toContain(`# ${code}: ${title}\n`);
    expect(page).toContain(`Usually: ${severity}.`);
    for (const check of CHECKS) if (check.codes.some((each) => each === code)) expect(page).toContain(`\`${check.name}\``);
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const documents = parseAllDocuments(example).map((document) => document.toJS());
    const found = analyze(documents).findings.filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.severity)).toContain(severity);
  });
});

describe('the checks', () => {
  it('are a file each, named after it, with a test of the same name', () => {
    const names = CHECKS.map(({ name }) => name).sort();
    expect(namesIn('src/policy/analyze/checks', '.ts').sort()).toEqual(names);
    expect(namesIn('test/unit/policy/analyze/checks', '.test.ts').sort()).toEqual(names);
  });
});
