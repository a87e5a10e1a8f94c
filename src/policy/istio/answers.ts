import type { AccessAnswer, AccessStep } from '../access/model.ts';
import type { Outcome } from './enforcement.ts';

/** An answer that one step makes at once. */
export function decided(verdict: 'allowed' | 'denied', decidedBy: AccessStep, refusal?: number | 'reset'): AccessAnswer {
  const answer = { verdict, decidedBy, chain: [decidedBy], dependsOn: [], assumed: [], remarks: [] };
  return refusal === undefined ? answer : { ...answer, refusal };
}

export function toAnswer({ verdict, decidedBy, steps, on, remarks, assumed, refusal }: Outcome): AccessAnswer {
  const answer = { verdict, decidedBy, chain: steps, dependsOn: on, assumed, remarks };
  return refusal === undefined ? answer : { ...answer, refusal };
}

/** What is said before an answer. */
export interface Preface {
  readonly steps: readonly AccessStep[];
  readonly assumed?: readonly string[];
  readonly remarks?: readonly string[];
}

export function precede({ steps, assumed = [], remarks = [] }: Preface, answer: AccessAnswer): AccessAnswer {
  return {
    ...answer,
    chain: [...steps, ...answer.chain],
    assumed: unique([...assumed, ...answer.assumed]),
    remarks: unique([...remarks, ...answer.remarks]),
  };
}

/** What becomes of a call that two proxies have to let through, one after the other. */
export function inTurn(first: AccessAnswer, second: AccessAnswer): AccessAnswer {
  if (first.verdict === 'denied') return first;
  const both = precede({ steps: first.chain, assumed: first.assumed, remarks: first.remarks }, second);
  if (second.verdict === 'denied' || first.verdict === 'allowed') return both;
  return { ...both, verdict: 'unknown', decidedBy: first.decidedBy, dependsOn: unique([...first.dependsOn, ...second.dependsOn]) };
}

/** One of several things that may be so, and what becomes of the call then. */
export interface Case {
  /** `In case …`: a sentence for the chain. */
  readonly says: string;
  readonly answer: AccessAnswer;
}

/** What can be said where one of several things is the case: what is the same in all of them, else what it depends on. */
export function join(cases: readonly Case[], on: string): AccessAnswer {
  const answers = cases.map(({ answer }) => answer);
  const [first, ...others] = answers;
  if (first === undefined) return { ...decided('allowed', { says: 'Nothing is known of the call.' }), verdict: 'unknown', dependsOn: [on] };
  if (others.length === 0) return first;
  const merged = {
    chain: mergeChains(cases),
    assumed: unique(answers.flatMap(({ assumed }) => assumed)),
    remarks: unique(answers.flatMap(({ remarks }) => remarks)),
  };
  if (others.every(({ verdict }) => verdict === first.verdict)) {
    const dependsOn = unique(answers.flatMap((answer) => answer.dependsOn));
    const { refusal, ...rest } = first;
    const same = refusal !== undefined && others.every((answer) => answer.refusal === refusal);
    return { ...rest, ...merged, dependsOn, ...(same ? { refusal } : {}) };
  }
  const decisive = answers.find(({ verdict }) => verdict !== 'allowed') ?? first;
  const dependsOn = unique([...answers.flatMap((answer) => answer.dependsOn), on]);
  return { ...merged, verdict: 'unknown', decidedBy: decisive.decidedBy, dependsOn };
}

/** The steps of each case after its sentence, those that were said before left out. */
function mergeChains(cases: readonly Case[]): readonly AccessStep[] {
  const key = ({ object, field, says }: AccessStep) => JSON.stringify([object?.kind, object?.namespace, object?.name, field, says]);
  const known = new Set<string>();
  const parts = cases.map(({ says, answer }) => {
    const fresh = answer.chain.filter((step) => !known.has(key(step)));
    for (const step of fresh) known.add(key(step));
    return { says, fresh };
  });
  const differ = parts.filter(({ fresh }) => fresh.length > 0).length > 1;
  return parts.flatMap(({ says, fresh }) => (differ && fresh.length > 0 ? [{ says }, ...fresh] : fresh));
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
