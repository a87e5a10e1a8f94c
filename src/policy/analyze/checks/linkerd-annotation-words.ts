import { quote } from '../../objects/field.ts';
import { DEFAULT_INBOUND_POLICY, DEFAULT_POLICIES, INJECT } from '../../objects/linkerd-words.ts';
import type { Check } from '../check.ts';
import { injectedObjects } from '../linkerd-annotations.ts';

/** Annotations that take one of a few words. */
const WORDS: readonly { readonly name: string; readonly words: readonly string[]; readonly otherwise: string }[] = [
  {
    name: DEFAULT_INBOUND_POLICY,
    words: DEFAULT_POLICIES,
    otherwise: 'the cluster’s default holds instead',
  },
  { name: INJECT, words: ['enabled', 'disabled', 'ingress'], otherwise: 'no proxy is injected' },
];

/** Annotations of Linkerd's say words that it knows (linkerd2, policy-controller/k8s/index/src/defaults.rs; pkg/k8s/labels.go). */
export const linkerdAnnotationWords: Check = {
  name: 'linkerd-annotation-words',
  codes: ['MESH0901'],
  run(view, report) {
    for (const { object, read } of injectedObjects(view)) {
      for (const { name, words, otherwise } of WORDS) {
        const annotation = read(name);
        if (annotation === undefined || words.includes(annotation.text)) continue;
        const message = `Linkerd does not know ${quote(annotation.text)} for ${name}: ${otherwise}.`;
        report({ object, field: annotation.field, message, fix: `Write one of ${words.join(', ')}.` });
      }
    }
  },
};
