import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitText } from '../../../../src/mcp/protocol/tool-result.ts';

describe('limitText', () => {
  it('leaves a short text alone', () => {
    expect(limitText('short', 5)).toBe('short');
  });

  it('says what it kept, of how much, and how to get the rest', () => {
    const cut = limitText('a'.repeat(5000), 2000);
    expect(cut).toHaveLength(2000);
    const kept = /^a+/.exec(cut)?.[0].length;
    expect(cut).toContain(`[Cut here: ${kept} of 5000 characters.`);
    expect(cut).toContain('cursor');
  });

  it('never cuts a character in half and never goes over the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 200, max: 240 }), (offset, limit) => {
        const cut = limitText('x'.repeat(offset) + '🦀'.repeat(300), limit);
        expect(cut.length).toBeLessThanOrEqual(limit);
        expect(cut.isWellFormed()).toBe(true);
      }),
    );
  });
});
