import type { AccessAnswer, AccessStep, AccessVerdict } from '../access/model.ts';

/** One thing that may become of a call. */
export interface Outcome {
  readonly verdict: Exclude<AccessVerdict, 'unknown'>;
  readonly refusal?: number | 'reset';
  /** What has to be so that it is this and not the usual; a phrase each. */
  readonly on: readonly string[];
  /** The way to the step that decides. */
  readonly steps: readonly AccessStep[];
  readonly decidedBy: AccessStep;
  readonly assumed: readonly string[];
  readonly remarks: readonly string[];
}

/** Everything that may become of a call. */
export interface Outcomes {
  /** What becomes of it where none of the others does. */
  readonly usual: Outcome;
  readonly others: readonly Outcome[];
}

/** The same as exceptions from something else, which hold where these phrases are so. */
export function onlyIf(on: readonly string[], { usual, others }: Outcomes): readonly Outcome[] {
  return [...others, usual].map((outcome) => ({ ...outcome, on: [...on, ...outcome.on] }));
}

/** How an outcome differs from others for the caller. */
export function resultOf({ verdict, refusal }: Outcome): string {
  return `${verdict} ${refusal ?? ''}`;
}

/**
 * Puts together what is known: a verdict where all outcomes agree on it, else what would decide. `before`: what was looked at first. `assumed`: what every outcome
 * takes for granted.
 */
export function answerOf(before: readonly AccessStep[], assumed: readonly string[], { usual, others }: Outcomes): AccessAnswer {
  const granted = [...new Set([...assumed, ...usual.assumed, ...others.flatMap((outcome) => outcome.assumed)])];
  const different = others.filter(({ verdict }) => verdict !== usual.verdict);
  if (different.length === 0) {
    const { verdict, decidedBy, steps, remarks, refusal } = usual;
    const answer = { verdict, decidedBy, chain: [...before, ...steps, decidedBy], dependsOn: [], assumed: granted, remarks };
    return refusal !== undefined && others.every((outcome) => outcome.refusal === refusal) ? { ...answer, refusal } : answer;
  }
  const dependsOn = [...new Set(different.flatMap(({ on }) => on))];
  const decidedBy = { says: `It depends on ${listOf(dependsOn)}.` };
  const possible = [...different, usual].map(({ verdict, decidedBy: step }) => ({ ...step, says: `Perhaps ${verdict}: ${step.says}` }));
  return { verdict: 'unknown', decidedBy, chain: [...before, ...possible, decidedBy], dependsOn, assumed: granted, remarks: [] };
}

function listOf(phrases: readonly string[]): string {
  const last = phrases[phrases.length - 1] ?? 'what is not known';
  return phrases.length < 2 ? last : `${phrases.slice(0, -1).join(', ')} and ${last}`;
}
