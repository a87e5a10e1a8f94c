import { parseAddress, parseNetwork } from '../../lib/ip.ts';

/** Whether a text is an IP address. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

/** Whether a text is an IP address or a range such as `10.0.0.0/8`. */
export function isAddressOrRange(text: string): boolean {
  return parseNetwork(text) !== undefined;
}
