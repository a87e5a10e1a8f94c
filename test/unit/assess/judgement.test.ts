import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Part } from '../../../src/assess/judgement.ts';
import type { AccessAnswer, AccessVerdict } from '../../../src/policy/access/model.ts';

const VERDICTS: readonly AccessVerdict[] = ['allowed', 'denied', 'not-found', 'unknown'];

function answer(verdict: AccessVerdict, more: Partial<AccessAnswer> = {}): AccessAnswer {
  const step = { says: `It is ${verdict}.` };
  return { verdict, decidedBy: step, chain: [step], dependsOn: [], assumed: [], remarks: [], ...more };
}

const part = (verdict: AccessVerdict, more: Partial<Part> = {}, of: Partial<AccessAnswer> = {}): Part => ({
  callee: 'Deployment/web',
  port: 8080,
  answer: answer(verdict, of),
  ...more,
});

describe('several ways', () => {
  it('that are alike have one answer, with what is said of any', () => {
    const { answer: whole } = judge(
      [
        part('denied', {}, { assumed: ['a'], remarks: ['x'], refusal: 403 }),
        part('denied', { port: 9090 }, { assumed: ['a', 'b'], refusal: 403 }),
      ],
      'nothing',
    );
    expect(whole).toMatchObject({
      verdict: 'denied',
      assumed: ['a', 'b'],
      remarks: ['x'],
      refusal: 403,
      decidedBy: { says: 'It is denied.' },
    });
  });

  it('that are refused differently have no one refusal', () => {
    const { answer: whole } = judge([part('denied', {}, { refusal: 403 }), part('denied', {}, { refusal: 'reset' })], 'nothing');
    expect(whole).not.toHaveProperty('refusal');
  });

  it.each<[string, Part, Part]>([
    ['the port that is called', part('allowed'), part('denied', { port: 9090 })],
    ['which of the pods takes the call', part('allowed', { callee: 'a' }), part('denied', { callee: 'b' })],
    ['which of the pods calls', part('allowed', { caller: 'a' }), part('denied', { caller: 'b' })],
  ])('that differ depend on %s', (on, one, other) => {
    const { answer: whole } = judge([one, other], 'nothing');
    expect(whole).toMatchObject({
      verdict: 'unknown',
      dependsOn: [on],
      decidedBy: { says: expect.stringContaining('1 of 2 ways are allowed, 1 of 2 ways are denied') },
    });
  });

  it('do not depend on what makes no difference', () => {
    const { answer: whole } = judge(
      [
        part('allowed', { caller: 'a' }),
        part('denied', { caller: 'b' }),
        part('allowed', { caller: 'a', port: 1 }),
        part('denied', { caller: 'b', port: 1 }),
      ],
      'nothing',
    );
    expect(whole.dependsOn).toEqual(['which of the pods calls']);
  });

  it('that are none are unknown, and why is said', () => {
    expect(judge([], 'There is nobody.').answer).toMatchObject({ verdict: 'unknown', decidedBy: { says: 'There is nobody.' } });
  });

  it('have the verdict that they share, and otherwise never one that says too much; their order does not matter', () => {
    const parts = fc.array(
      fc.record({ verdict: fc.constantFrom(...VERDICTS), port: fc.integer({ min: 1, max: 3 }), callee: fc.constantFrom('a', 'b') }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(parts, (given) => {
        const made = given.map(({ verdict, port, callee }) => part(verdict, { port, callee }));
        const { answer: whole } = judge(made, 'nothing');
        const verdicts = new Set(given.map(({ verdict }) => verdict));
        expect(whole.verdict).toBe(verdicts.size === 1 ? given[0]?.verdict : 'unknown');
        const reversed = judge(made.toReversed(), 'nothing').answer;
        expect(reversed.verdict).toBe(whole.verdict);
        expect(new Set(reversed.dependsOn)).toEqual(new Set(whole.dependsOn));
      }),
    );
  });
});
