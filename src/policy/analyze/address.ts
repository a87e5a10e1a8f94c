const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*(?:\d{1,3}(?:\.\d{1,3}){3})?$/;

/** Whether a text is an IP address. */
export function isAddress(text: string): boolean {
  return IPV4.test(text) ? text.split('.').every((part) => Number(part) <= 255) : IPV6.test(text);
}

/** Whether a text is an IP address or a range such as `10.0.0.0/8`. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  if (!isAddress(address) || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (IPV4.test(address) ? 32 : 128));
}
