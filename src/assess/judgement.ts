import type { AccessAnswer, AccessStep, AccessVerdict } from '../policy/access/model.ts';

/** The answer for one sort of caller, one sort of callee and one port. */
export interface Part {
  /** Which pods call, where the caller has several sorts; absent otherwise. */
  readonly caller?: string;
  /** Which pods are called: `Deployment/web`, or, of several sorts, which of its pods. */
  readonly callee: string;
  /** The pods' port. */
  readonly port: number;
  readonly answer: AccessAnswer;
}

/** What becomes of calls that may take several ways. */
export interface Judgement {
  /** Of all ways together: where they differ, `unknown`, and on what it depends. */
  readonly answer: AccessAnswer;
  readonly parts: readonly Part[];
}

/** What differs between parts, in words. */
const DIFFERENCES: readonly (readonly [of: (part: Part) => unknown, words: string])[] = [
  [({ port }) => port, 'the port that is called'],
  [({ callee }) => callee, 'which of the pods takes the call'],
  [({ caller }) => caller, 'which of the pods calls'],
];

/** Puts parts together; `nothing` is said where there are none. */
export function judge(parts: readonly Part[], nothing: string): Judgement {
  const [first] = parts;
  if (first === undefined) return { answer: unknownAnswer(nothing, []), parts };
  const same = parts.every(({ answer }) => answer.verdict === first.answer.verdict);
  const all = (of: (answer: AccessAnswer) => readonly string[]) => unique(parts.flatMap(({ answer }) => of(answer)));
  const [assumed, remarks, dependsOn] = [all((a) => a.assumed), all((a) => a.remarks), all((a) => a.dependsOn)];
  if (same) {
    // Those that are refused in several ways are refused in no single one.
    const { refusal, ...answer } = first.answer;
    const one = refusal !== undefined && parts.every((part) => part.answer.refusal === refusal);
    return { answer: { ...answer, assumed, remarks, dependsOn, ...(one ? { refusal } : {}) }, parts };
  }
  const differing = DIFFERENCES.flatMap(([of, words]) => (varies(parts, of) ? [words] : []));
  const says = `${VERDICTS.flatMap((verdict) => countOf(parts, verdict)).join(', ')}: it depends on ${differing.join(' and on ')}.`;
  const step: AccessStep = { says };
  return {
    answer: { verdict: 'unknown', decidedBy: step, chain: [step], dependsOn: unique([...differing, ...dependsOn]), assumed, remarks },
    parts,
  };
}

const VERDICTS: readonly AccessVerdict[] = ['allowed', 'denied', 'not-found', 'unknown'];

function countOf(parts: readonly Part[], verdict: AccessVerdict): readonly string[] {
  const count = parts.filter(({ answer }) => answer.verdict === verdict).length;
  return count === 0 ? [] : [`${count} of ${parts.length} ways are ${verdict}`];
}

/** Whether the verdict changes with it: some value of it has another set of verdicts than another. */
function varies(parts: readonly Part[], of: (part: Part) => unknown): boolean {
  const verdicts = new Map<unknown, Set<AccessVerdict>>();
  for (const part of parts) verdicts.set(of(part), (verdicts.get(of(part)) ?? new Set()).add(part.answer.verdict));
  return new Set([...verdicts.values()].map((set) => [...set].sort().join(' '))).size > 1;
}

/** An answer that nothing can be said. */
export function unknownAnswer(says: string, dependsOn: readonly string[]): AccessAnswer {
  const step: AccessStep = { says };
  return { verdict: 'unknown', decidedBy: step, chain: [step], dependsOn, assumed: [], remarks: [] };
}

export function unique(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

/** Whether a call that is made so does not reach the application. */
export function isRefused(verdict: AccessVerdict): boolean {
  return verdict === 'denied' || verdict === 'not-found';
}
