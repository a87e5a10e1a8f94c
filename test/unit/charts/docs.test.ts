import { describe, expect, it } from 'vitest';
import { valueRows, withValues } from '../../../scripts/chart-docs.ts';

const VALUES = `# A file about values.

# -- The first.
first: ""

image:
  # -- Where it lies.
  repository: ghcr.io/acme/a
  # Not for the reader.
  # -- Which one, in
  # two lines.
  # @default -- that of the chart
  tag: ""

# -- All of these
list: [a, 1]
# -- A mapping as a whole.
labels:
  inner: x
flag:
  # -- A | B
  on: true
`;

describe('valueRows', () => {
  it('has a row for every described value, in the order of the file', () => {
    expect(valueRows(VALUES)).toEqual([
      { path: 'first', type: 'text', default: '', description: 'The first.' },
      { path: 'image.repository', type: 'text', default: '`ghcr.io/acme/a`', description: 'Where it lies.' },
      { path: 'image.tag', type: 'text', default: 'that of the chart', description: 'Which one, in two lines.' },
      { path: 'list', type: 'list', default: '`["a",1]`', description: 'All of these' },
      { path: 'labels', type: 'mapping', default: '`{"inner":"x"}`', description: 'A mapping as a whole.' },
      { path: 'flag.on', type: 'true or false', default: '`true`', description: 'A | B' },
    ]);
  });

  it('names what has no description, all at once', () => {
    expect(() => valueRows('a: 1\nb:\n  # plain\n  c: 2\n# -- Good.\nd: 3\ne: {}\n')).toThrow(/no `# --` comment above a, b\.c, e$/);
  });

  it('refuses what is no mapping, or no YAML', () => {
    expect(() => valueRows('- a\n')).toThrow('no mapping');
    expect(() => valueRows('a: [1\n')).toThrow();
  });
});

describe('withValues', () => {
  const readme = (table: string) =>
    `# A\n\n<!-- Written by scripts/chart-docs.ts from values.yaml. Do not edit. -->\n${table}<!-- End of the values. -->\nEnd.\n`;

  it('puts the table in its place, whatever stood there, and is at rest then', () => {
    const once = withValues(readme('old\n'), VALUES);
    expect(once).toContain('| `flag.on` | true or false | `true` | A \\| B |');
    expect(once).not.toContain('old');
    expect(once).toMatch(/^# A\n[\s\S]*End\.\n$/);
    expect(withValues(once, VALUES)).toBe(once);
  });

  it('says where a README has no place for it', () => {
    expect(() => withValues('# A\n', VALUES)).toThrow('the README needs the lines');
  });
});
