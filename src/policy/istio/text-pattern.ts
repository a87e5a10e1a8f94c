/** How Istio's policies match a text (istio, pilot/pkg/security/authz/matcher/string.go: `StringMatcherWithPrefix`; header.go: `HeaderMatcher`). */
export type TextPattern =
  /** `*`: there is a value. */
  | { readonly tag: 'present' }
  /** `abc`, `abc*`, `*abc`. */
  | { readonly tag: 'exact' | 'prefix' | 'suffix'; readonly text: string };

/** A star that is neither the first nor the last character stands for itself. */
export function readPattern(value: string): TextPattern {
  if (value === '*') return { tag: 'present' };
  if (value.startsWith('*')) return { tag: 'suffix', text: value.slice(1) };
  if (value.endsWith('*')) return { tag: 'prefix', text: value.slice(0, -1) };
  return { tag: 'exact', text: value };
}

/** Envoy's `present` asks of a text that it is not empty and has no line break: it is the expression `.+`. */
export function matchesPattern(pattern: TextPattern, text: string): boolean {
  switch (pattern.tag) {
    case 'present':
      return text !== '' && !text.includes('\n');
    case 'exact':
      return text === pattern.text;
    case 'prefix':
      return text.startsWith(pattern.text);
    case 'suffix':
      return text.endsWith(pattern.text);
  }
}

/** Letters of ASCII in lower case, others as they are, as Envoy compares without case (`absl::EqualsIgnoreCase`). */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
