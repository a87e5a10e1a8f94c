const NUMBER = /^\+?\d+$/;

/**
 * Whether a list such as `3306,8000-8010` has a port. A part that is neither a port nor a growing range makes the whole list empty, so that the name of a port
 * undoes it (linkerd2, policy-controller/k8s/index/src/ports.rs: `parse_portset`, `ports_annotation`).
 */
export function listsPort(text: string | undefined, port: number): boolean {
  if (text === undefined) return false;
  let listed = false;
  for (const part of text.split(',')) {
    const dash = part.indexOf('-');
    if (dash === -1 && part.trim() === '') continue;
    const first = readPort(dash === -1 ? part : part.slice(0, dash));
    const last = readPort(dash === -1 ? part : part.slice(dash + 1));
    if (first === undefined || last === undefined || first > last) return false;
    listed ||= first <= port && port <= last;
  }
  return listed;
}

function readPort(text: string): number | undefined {
  const trimmed = text.trim();
  const port = NUMBER.test(trimmed) ? Number(trimmed) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}
