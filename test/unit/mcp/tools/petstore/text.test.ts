import { describe, expect, it } from 'vitest';
import { renderText } from '../../../../../src/mcp/tools/petstore/text.ts';

const ALL = { before: 0, total: undefined };

describe('renderText', () => {
  it('keeps each thing on its line, whatever its name holds', () => {
    const text = renderText(
      {
        kind: 'pets',
        data: {
          pets: [
            { id: 1, name: 'Rex\n2  Fake  available' },
            { id: 3, name: 'a\u2028b\u0085c\td' },
          ],
        },
      },
      '',
      { before: 0, total: 2 },
    );
    expect(text.split(/[\n\u2028\u0085]/)).toHaveLength(4);
    expect(text).toContain('Rex 2  Fake  available');
    expect(renderText({ kind: 'user', data: { username: 'a\nEmail: fake' } }, '', ALL)).toBe('User: a Email: fake');
  });

  it('says what it does not know with a dash in a table, and not at all in lines', () => {
    expect(renderText({ kind: 'pets', data: { pets: [{ name: 'x' }] } }, '', { before: 4, total: 9 })).toBe(
      'Pets 5 to 5 of 9.\nid  name  status  category  tags  photos\n-   x     -       -         -     -',
    );
    expect(renderText({ kind: 'pet', data: { name: '', category: {}, tags: [{ id: 2 }, {}] } }, '', ALL)).toBe('Tags: (2)');
  });

  it('tells an upload by the message or by the pet', () => {
    expect(renderText({ kind: 'upload', data: { message: 'File\nsaved', code: 200 } }, '', ALL)).toBe(
      'Uploaded.\nThe Petstore says: File saved',
    );
    expect(renderText({ kind: 'upload', data: { pet: { id: 1 } } }, '', ALL)).toBe('Uploaded.\nPet: 1');
  });

  it('takes the words of the table where there is nothing to show', () => {
    expect(renderText({ kind: 'done', data: { done: true } }, 'Logged out.', ALL)).toBe('Logged out.');
  });
});
