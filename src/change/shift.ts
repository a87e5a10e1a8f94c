import { MeshError } from '../lib/errors.ts';
import type { ObjectApi } from '../sources/kubernetes/object-api.ts';
import type { Decision } from './change.ts';
import type { Found } from './find.ts';
import type { Sees } from './impact.ts';
import { type Target, targetText } from './manifest.ts';
import { appliedConfig, mergeConfigs } from './ownership.ts';
import { type Readiness, readinessOf } from './ready.ts';
import { type Backend, type Split, splitsOf, withWeights } from './route-splits.ts';
import { nextStep, type Step, sharesOf } from './split.ts';

/** How calls are to be split. */
export interface Shift {
  readonly weights: readonly { readonly target: string; readonly weight: number }[];
  /** `rules[0]`, `http[1]`; undefined where one rule alone has these backends. */
  readonly rule: string | undefined;
  /** By how many hundredths of all calls a share may move at once; undefined: at once. */
  readonly step: number | undefined;
}

/**
 * What moves calls between the backends of a rule. Throws `MeshError`: `invalid` where the weights do not fit the route, `conflict` where a backend that is to get more
 * has no ready endpoints.
 */
export function decideShift(shift: Shift, { target, object }: Found, api: ObjectApi, sees: Sees): Decision {
  if (object === undefined) throw new MeshError('invalid', `There is no ${targetText(target)}.`);
  const split = splitFor(shift, target, splitsOf(target.kind, object, target.namespace));
  const wanted = split.backends.map(({ target: name }) => shift.weights.find((each) => each.target === name)?.weight ?? 0);
  const before = split.backends.map(({ weight }) => weight);
  const next = nextStep(before, wanted, shift.step ?? WHOLE);
  const notes = checkReady(split, before, next, (backend) => readinessOf(api, backend, target.namespace, sees));
  return {
    tag: 'apply',
    // Whoever applies again repeats what they applied before.
    config: mergeConfigs(appliedConfig(object), withWeights(target.kind, object, new Map([[split, next.weights]]))),
    notes: [`${split.rule}: ${splitText(split, before)} -> ${splitText(split, next.weights)}`, ...notes, ...wayText(next, split, wanted)],
  };
}

const WHOLE = 100;

function splitFor({ weights, rule }: Shift, target: Target, splits: readonly Split[]): Split {
  const names = weights.map(({ target: name }) => name);
  if (new Set(names).size !== names.length) throw new MeshError('invalid', 'weights: each target may stand there once.');
  if (weights.every(({ weight }) => weight === 0)) throw new MeshError('invalid', 'weights: one of them must be more than 0.');
  const several = splits.filter(({ backends }) => backends.length > 1);
  const among = rule === undefined ? several : several.filter((split) => split.rule === rule);
  const fitting = among.filter(
    ({ backends }) => backends.length === names.length && backends.every((backend) => names.includes(backend.target)),
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  const what = targetText(target);
  if (several.length === 0) throw new MeshError('invalid', `No rule of ${what} splits calls between several backends.`);
  const list = several
    .map(
      (split) =>
        `${split.rule}: ${splitText(
          split,
          split.backends.map(({ weight }) => weight),
        )}`,
    )
    .join('; ');
  if (fitting.length > 1) throw new MeshError('invalid', `Several rules of ${what} have these backends; name one as \`rule\`: ${list}.`);
  throw new MeshError('invalid', `weights must name exactly the backends of one rule of ${what}, each once: ${list}.`);
}

/** `web 90, web-canary 10` */
function splitText({ backends }: Split, weights: readonly number[]): string {
  return backends.map(({ target }, place) => `${target} ${weights[place] ?? 0}`).join(', ');
}

/** Looks at each backend that is to get a larger share. */
function checkReady(
  { backends }: Split,
  before: readonly number[],
  next: Step,
  lookAt: (backend: Backend) => Readiness,
): readonly string[] {
  const [was, is] = [sharesOf(before), sharesOf(next.weights)];
  return backends.flatMap((backend, place) => {
    if ((is[place] ?? 0) <= (was[place] ?? 0)) return [];
    const readiness = lookAt(backend);
    if (readiness.tag === 'none') {
      throw new MeshError('conflict', `${backend.target} would get more calls, but cannot take any: ${readiness.says} Nothing was done.`);
    }
    if (readiness.tag === 'unknown') return [readiness.says];
    return [`${backend.target} has ${readiness.count} ready ${readiness.count === 1 ? 'endpoint' : 'endpoints'}.`];
  });
}

function wayText({ last, weights }: Step, split: Split, wanted: readonly number[]): readonly string[] {
  if (last) return [];
  return [
    `This is a step on the way to ${splitText(split, wanted)}. When ${splitText(split, weights)} has proved good, call shift_traffic again with the same weights for the next.`,
  ];
}
