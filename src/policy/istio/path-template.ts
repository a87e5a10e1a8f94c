/** A path with `{*}` and `{**}` in it. */
export type PathTemplate = (path: string) => boolean;

/** Whether a path is a template rather than a text pattern (istio, pkg/config/security: `ContainsPathTemplate`). */
export function isPathTemplate(path: string): boolean {
  return path.includes('{*}') || path.includes('{**}');
}

// What a literal and a wildcard may hold: RFC 3986's pchar without `*` and `=` (envoy, source/extensions/path/uri_template_lib/uri_template_internal.cc:
// `kLiteral`).
const SEGMENT = /^[a-zA-Z0-9._~%!$&'()+,;:@-]+$/;
const SEGMENTS = /^[a-zA-Z0-9._~%!$&'()+,;:@/-]*$/;

/**
 * Reads a template: `{*}` is one segment, `{**}` any number of them, also none, and must be the last wildcard. Before Envoy reads it Istio writes `*` for `{*}`, so
 * that a plain `*` means the same (istio, pilot/pkg/security/authz/matcher/template.go). Undefined where Envoy refuses it, and with it the listener
 * (uri_template_internal.cc: `parseURLPatternSyntax`).
 */
export function readPathTemplate(template: string): PathTemplate | undefined {
  if (!template.startsWith('/')) return undefined;
  const parts = template.replaceAll('{*}', '*').replaceAll('{**}', '**').slice(1).split('/');
  // A last, empty part is the slash at the end; one elsewhere is refused.
  const closed = parts.length > 1 && parts[parts.length - 1] === '';
  const segments = closed ? parts.slice(0, -1) : parts;
  if (!segments.every((part) => part === '*' || part === '**' || SEGMENT.test(part))) return undefined;
  const tail = segments.indexOf('**');
  if (tail !== -1 && segments.slice(tail + 1).some((part) => part === '*' || part === '**')) return undefined;
  const end = closed ? '/' : '';
  if (tail === -1) return (path) => path.endsWith(end) && matchSegments(segments, path.slice(0, path.length - end.length));
  const head = segments.slice(0, tail);
  const literal = segments.slice(tail + 1);
  const ending = `${literal.map((part) => `/${part}`).join('')}${end}`;
  return (path) => matchTail(head, ending, path);
}

function matchSegments(segments: readonly string[], path: string): boolean {
  const given = path.split('/');
  return given.length === segments.length + 1 && given[0] === '' && segments.every((part, index) => matchSegment(part, given[index + 1]));
}

function matchSegment(part: string, given: string | undefined): boolean {
  if (given === undefined) return false;
  return part === '*' ? SEGMENT.test(given) : part === given;
}

/** The segments before `{**}`, a slash, whatever `{**}` takes, and the literal text after it. */
function matchTail(head: readonly string[], ending: string, path: string): boolean {
  let at = 0;
  for (const part of head) {
    if (path[at] !== '/') return false;
    const next = path.indexOf('/', at + 1);
    if (next === -1 || !matchSegment(part, path.slice(at + 1, next))) return false;
    at = next;
  }
  if (path[at] !== '/') return false;
  const rest = path.slice(at + 1);
  return rest.endsWith(ending) && SEGMENTS.test(rest.slice(0, rest.length - ending.length));
}
