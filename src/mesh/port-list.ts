/** Ports that an annotation lists: single ones, ranges, and names of containers' ports. */
export interface PortList {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly names: readonly string[];
}

const NONE: PortList = { ranges: [], names: [] };
const RANGE = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const LAST_PORT = 65_535;
/** Longer lists are no lists that a person wrote. */
const MOST_PARTS = 256;

/**
 * Reads `3306,8000-8010,mysql`, as `config.linkerd.io/opaque-ports` is written. A part that is neither a range of ports
 * nor may be a name is left out, as Linkerd does (linkerd2, pkg/util: `GetPortRanges`, `ParseContainerOpaquePorts`, `ParsePortRange`). A name that looks
 * like a range is a range here: Linkerd asks the names first, which nobody uses.
 */
export function parsePortList(text: string | undefined): PortList {
  if (text === undefined) return NONE;
  const ranges: (readonly [number, number])[] = [];
  const names: string[] = [];
  for (const part of text.split(',', MOST_PARTS)) {
    const word = part.trim();
    const match = RANGE.exec(word);
    if (match === null) {
      if (word !== '') names.push(word);
      continue;
    }
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first <= last && last <= LAST_PORT) ranges.push([first, last]);
  }
  return { ranges, names };
}

/**
 * Reads `config.linkerd.io/skip-inbound-ports` and its outbound twin: as any other list, but a part with a space is left out (linkerd2-proxy-init, pkg/iptables:
 * `makeMultiportDestinations`, which trims nothing).
 */
export function parseSkippedPorts(text: string | undefined): PortList {
  return parsePortList(
    text
      ?.split(',')
      .filter((part) => part === part.trim())
      .join(','),
  );
}

/** Whether a port is in the list, by its number or by its name. */
export function lists(list: PortList, port: number, name?: string): boolean {
  return list.ranges.some(([first, last]) => first <= port && port <= last) || (name !== undefined && list.names.includes(name));
}

/** The ports that the list gives one by one; a range says nothing of any single port. */
export function singlePorts(list: PortList): readonly number[] {
  return list.ranges.flatMap(([first, last]) => (first === last && first > 0 ? [first] : []));
}
