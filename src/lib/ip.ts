/** An IP address: one 32-bit word of IPv4, four of IPv6, the highest first. One of IPv4 that IPv6 maps (`::ffff:10.0.0.1`) is the one of IPv4. */
export interface Address {
  readonly version: 4 | 6;
  readonly words: readonly number[];
}

/** The addresses that begin as one does, such as `10.0.0.0/8`. */
export interface Network {
  readonly address: Address;
  /** How many bits have to be the same: 0 to 32 of IPv4, 0 to 128 of IPv6. */
  readonly length: number;
}

/** The length of what precedes an address of IPv4 that IPv6 maps. */
const MAPPED_LENGTH = 96;
const MAPPED_WORD = 0xffff;

/** The longest text of an address: eight groups, or six and an address of IPv4 (RFC 4291, section 2.2). */
const LONGEST_TEXT = 45;
const GROUPS = 8;

/** Neither signs nor leading zeros, which some programs read as octal. */
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const LENGTH = /^\d{1,3}$/;

/**
 * Reads an address of IPv4 in four decimal parts, or of IPv6 in the forms of RFC 4291, section 2.2. Undefined where the text is none; a zone (`%eth0`)
 * makes it none. The parsers of Rust's std::net, which Linkerd uses, and of Go's net/netip take the same texts.
 */
export function parseAddress(text: string): Address | undefined {
  const words = text.includes(':') ? parseV6(text) : undefined;
  if (words === undefined) {
    const word = parseV4(text);
    return word === undefined ? undefined : { version: 4, words: [word] };
  }
  const [first, second, third, last = 0] = words;
  if (first === 0 && second === 0 && third === MAPPED_WORD) return { version: 4, words: [last] };
  return { version: 6, words };
}

/**
 * Reads a network such as `10.0.0.0/8` or `fd00::/8`; an address alone is the network that holds it alone. Bits beyond the length do not count.
 * Undefined where the text is none.
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const head = slash === -1 ? text : text.slice(0, slash);
  const address = parseAddress(head);
  if (address === undefined) return undefined;
  const most = address.version === 4 ? 32 : 128;
  if (slash === -1) return { address, length: most };
  const tail = text.slice(slash + 1);
  if (!LENGTH.test(tail)) return undefined;
  const length = Number(tail);
  if (!head.includes(':') || address.version === 6) return length <= most ? { address, length } : undefined;
  // Mapped: what lies within the mapping is a network of IPv4, and what is wider is one of IPv6.
  if (length > 128) return undefined;
  if (length >= MAPPED_LENGTH) return { address, length: length - MAPPED_LENGTH };
  return { address: { version: 6, words: [0, 0, MAPPED_WORD, address.words[0] ?? 0] }, length };
}

/** Whether an address lies in a network; never where one is of IPv4 and the other of IPv6. */
export function contains(network: Network, address: Address): boolean {
  if (network.address.version !== address.version) return false;
  let left = network.length;
  for (let index = 0; left > 0; index++) {
    const differ = (network.address.words[index] ?? 0) ^ (address.words[index] ?? 0);
    if (left >= 32 ? differ !== 0 : differ >>> (32 - left) !== 0) return false;
    left -= 32;
  }
  return true;
}

function parseV4(text: string): number | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!OCTET.test(part) || Number(part) > 255) return undefined;
    word = word * 256 + Number(part);
  }
  return word;
}

function parseV6(text: string): readonly number[] | undefined {
  if (text.length > LONGEST_TEXT) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [front = '', back] = halves;
  const before = parseGroups(front, back === undefined);
  const after = back === undefined ? [] : parseGroups(back, true);
  if (before === undefined || after === undefined) return undefined;
  const missing = GROUPS - before.length - after.length;
  // Two colons stand for one group at the least.
  if (back === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0), ...after];
  return [0, 2, 4, 6].map((index) => (groups[index] ?? 0) * 0x10000 + (groups[index + 1] ?? 0));
}

/** The 16-bit groups of a part of an address; the last two may be written as an address of IPv4 where the part is the `last` one. */
function parseGroups(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = last && index === parts.length - 1 ? parseV4(part) : undefined;
    if (word === undefined) return undefined;
    groups.push(word >>> 16, word & 0xffff);
  }
  return groups;
}
