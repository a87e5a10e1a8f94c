import { type Field, quote } from '../../objects/field.ts';
import type { KubeObject } from '../../objects/kube-object.ts';
import type { Check, Report } from '../check.ts';

/** What RE2, Envoy's engine, does not have: looking around and back-references. */
const NOT_IN_RE2 = /\(\?(?:[=!]|<[=!])|\\[1-9]/;

/** What is escaped, so that it begins nothing else. */
const ESCAPED = /\\[^1-9]/g;

/** Parts of RE2's notation that JavaScript writes otherwise; put aside before the rest is tried. */
const RE2_ONLY = /\(\?P?<\w+>|\(\?[a-zA-Z-]+:/g;
const FLAGS = /\(\?[a-zA-Z-]+\)/g;

/** Longer expressions are not tried. */
const LONGEST = 1024;

/** Regular expressions compile in Envoy, and match what they are meant to: the whole text, not a part of it. */
export const matchRegex: Check = {
  name: 'match-regex',
  codes: ['MESH0108'],
  run(view, report) {
    for (const object of view.networking('VirtualService')) {
      for (const match of object.spec.at('http').items.flatMap((rule) => rule.at('match').items)) {
        for (const key of ['uri', 'scheme', 'method', 'authority']) checkRegex(object, match.at(key, 'regex'), report);
        for (const key of ['headers', 'queryParams', 'withoutHeaders']) {
          for (const [name, field] of match.at(key).entries) {
            const regex = field.at('regex');
            // Istio reads a lone * as "is present".
            if (regex.value === '*') continue;
            checkRegex(object, regex, report);
            if (name.toLowerCase() !== 'user-agent' || regex.text === undefined || /\.[*+]/.test(regex.text)) continue;
            const message = 'The expression must match the whole User-Agent, and has no .* to let anything stand around it.';
            report({ object, field: regex, message, fix: `Write ${quote(`.*${regex.text}.*`)}.` });
          }
        }
      }
    }
  },
};

function checkRegex(object: KubeObject, field: Field, report: Report): void {
  const { text } = field;
  if (text === undefined) return;
  if (NOT_IN_RE2.test(text.replace(ESCAPED, ''))) {
    const message = 'Envoy’s engine (RE2) has no look-around and no back-references; the VirtualService is refused.';
    report({ object, field, message, fix: 'Say it without them, with several matches for instance.', severity: 'error' });
  } else if (text.length <= LONGEST && !compiles(text)) {
    report({ object, field, message: 'This is no valid regular expression.', fix: 'Correct it; see RE2’s syntax.', severity: 'error' });
  }
}

function compiles(text: string): boolean {
  try {
    new RegExp(text.replace(RE2_ONLY, '(?:').replace(FLAGS, ''));
    return true;
  } catch {
    return false;
  }
}
