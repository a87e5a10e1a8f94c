/** A URI template made ready for matching. */
export interface UriTemplate {
  readonly variables: readonly string[];
  readonly pattern: RegExp;
}

const EXPRESSION = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Compiles RFC 6570 level 1 (`{name}`), a variable standing for one path segment. Throws where a template uses more than that. */
export function compileUriTemplate(template: string): UriTemplate {
  const variables: string[] = [];
  let pattern = '^';
  let at = 0;
  for (const match of template.matchAll(EXPRESSION)) {
    pattern += `${literal(template.slice(at, match.index), template)}([^/?#]+)`;
    variables.push(match[1] as string);
    at = match.index + match[0].length;
  }
  return { variables, pattern: new RegExp(`${pattern}${literal(template.slice(at), template)}$`) };
}

/** The decoded variables of a URI, or undefined where it does not fit. */
export function matchUriTemplate(template: UriTemplate, uri: string): Readonly<Record<string, string>> | undefined {
  const match = template.pattern.exec(uri);
  if (!match) return undefined;
  try {
    return Object.fromEntries(template.variables.map((name, index) => [name, decodeURIComponent(match[index + 1] as string)]));
  } catch {
    // A stray percent sign: no URI that we could have handed out.
    return undefined;
  }
}

function literal(text: string, template: string): string {
  if (/[{}]/.test(text)) throw new Error(`URI template ${template}: only {name} is supported`);
  return text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
}
