import { describe, expect, it } from 'vitest';
import { ours, type Sent, theirs } from './answers.ts';
import { CASES, type Case, randomCases } from './cases.ts';
import { compare } from './compare.ts';
import { EXPLANATIONS, type Explanation, explain } from './explanations.ts';
import { v1, v2 } from './oracles.ts';

const RANDOM = 400;
const ALL: readonly Case[] = [...CASES, ...randomCases(RANDOM)];

/** SDK v1 stops at 2025-11-25: what is written in the metadata of the later era means nothing to it. */
const isStateless = ({ body }: Sent) => body.includes('io.modelcontextprotocol/');

const ORACLES = [
  { name: 'v1', oracle: v1, cases: ALL.filter(({ sent }) => !isStateless(sent)) },
  { name: 'v2', oracle: v2, cases: ALL },
] as const;

describe('our server beside the servers of the SDK', () => {
  const used = new Set<Explanation>();

  it.each(ORACLES)(
    'differs from $name only where that is explained',
    async ({ name, oracle, cases }) => {
      const unexplained: unknown[] = [];
      let same = 0;
      for (const { name: title, sent } of cases) {
        const differences = compare(ours(sent), await theirs(oracle, sent));
        if (differences.length === 0) same++;
        for (const difference of differences) {
          const reasons = explain(name, sent, difference);
          for (const reason of reasons) used.add(reason);
          if (reasons.length === 0) unexplained.push({ title, ...difference });
        }
      }
      expect(unexplained).toEqual([]);
      // The comparison would mean little if explanations covered everything.
      expect(same).toBeGreaterThan(cases.length / 3);
    },
    30_000,
  );

  it('has no explanation for what does not occur', () => {
    expect(EXPLANATIONS.filter((explanation) => !used.has(explanation)).map(({ reason }) => reason)).toEqual([]);
  });
});
