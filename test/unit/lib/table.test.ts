import { describe, expect, it } from 'vitest';
import { textTable } from '../../../src/lib/table.ts';

describe('textTable', () => {
  it('aligns columns and leaves no spaces at the end of a line', () => {
    expect(
      textTable([
        ['NAME', 'TYPE', 'PORTS'],
        ['a-long-name', 'x', '80'],
        ['b', '', ''],
      ]),
    ).toEqual(['NAME         TYPE  PORTS', 'a-long-name  x     80', 'b']);
  });

  it('does not pad the last column', () => {
    expect(
      textTable([
        ['a', 'short'],
        ['b', 'a very long last cell'],
      ]),
    ).toEqual(['a  short', 'b  a very long last cell']);
  });

  it('makes nothing of no rows', () => {
    expect(textTable([])).toEqual([]);
  });
});
