/** Ports that an annotation lists: single ones, ranges, and what is neither and may be the name of a container's port. */
export interface PortList {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly names: readonly string[];
}

const NONE: PortList = { ranges: [], names: [] };
// Go's `strconv.Atoi` takes a sign.
const RANGE = /^\+?(\d{1,5})(?:-\+?(\d{1,5}))?$/;
const LAST_PORT = 65_535;
/** Longer lists are no lists that a person wrote. */
const MOST_PARTS = 1024;

/**
 * Reads `3306,8000-8010,mysql`, as `config.linkerd.io/opaque-ports` is written. No part undoes the others (linkerd2, pkg/util: `GetPortRanges`,
 * `ParseContainerOpaquePorts`, `ParsePortRange`). A name that looks like a range is a range here: Linkerd asks the names first, which nobody uses.
 */
export function parsePortList(text: string | undefined): PortList {
  return text === undefined ? NONE : parseParts(text.split(',', MOST_PARTS).map((part) => part.trim()));
}

/**
 * Reads `config.linkerd.io/skip-inbound-ports` and its outbound twin: as any other list, but a part with a space is left out (linkerd2-proxy-init, pkg/iptables:
 * `makeMultiportDestinations`, which trims nothing).
 */
export function parseSkippedPorts(text: string | undefined): PortList {
  return text === undefined ? NONE : parseParts(text.split(',', MOST_PARTS).filter((part) => part === part.trim()));
}

function parseParts(parts: readonly string[]): PortList {
  const ranges: (readonly [number, number])[] = [];
  const names: string[] = [];
  for (const part of parts) {
    const [, from, to = from] = RANGE.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (first <= last && last <= LAST_PORT) ranges.push([first, last]);
    else if (part !== '') names.push(part);
  }
  return { ranges, names };
}

/** Whether a port is in the list, by its number or by its name. */
export function lists({ ranges, names }: PortList, port: number, name?: string): boolean {
  return ranges.some(([first, last]) => first <= port && port <= last) || (name !== undefined && names.includes(name));
}

/** The ports that the list gives one by one; a range says nothing of any single port. */
export function singlePorts({ ranges }: PortList): readonly number[] {
  return ranges.flatMap(([first, last]) => (first === last && first > 0 ? [first] : []));
}
