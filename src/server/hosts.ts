/**
 * Whether a host is on a list. Entries are host names, addresses (IPv6 in brackets), `*.name` for every name below `name`, or `*` for all.
 * Ports do not count, names compare without case.
 */
export function hostAllowed(host: string, allowed: readonly string[]): boolean {
  const name = HOST.exec(host.toLowerCase())?.[1] ?? '';
  return allowed.some((entry) => {
    const wanted = entry.toLowerCase();
    if (wanted === '*') return true;
    if (name === '') return false;
    return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1 : name === wanted;
  });
}

/** A host name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port. Anything else is no host, and on no list. */
const HOST = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/**
 * Whether pages of an origin are on a list, by the origin's host. An origin without one (`null`, a file, an extension) is admitted by `*` alone.
 * Source: RFC 6454 section 6.2, the serialisation scheme://host[:port].
 */
export function originAllowed(origin: string, allowed: readonly string[]): boolean {
  return hostAllowed(/^https?:\/\/([^/?#@\s]+)$/i.exec(origin)?.[1] ?? '', allowed);
}
