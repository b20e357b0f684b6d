import { isIPv4, isIPv6 } from 'node:net';

/**
 * Returns the part of an address that one client cannot choose freely, or `undefined` for what is
 * no address. A network gives each of its clients at least a /64 of IPv6 addresses (RFC 6177). Some
 * proxies add a port, which differs for each connection.
 */
export function clientAddress(text: string): string | undefined {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text.trim()) ?? [];
  const [, withoutPort] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text.trim()) ?? [];
  // The zone of a link-local address names an interface of this machine.
  const address = (bracketed ?? withoutPort ?? text.trim()).replace(/%.*$/, '');
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  const groups = groupsOf(address);
  return embeddedIPv4(groups) ?? `${groups.slice(0, 4).map(hex).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, as numbers. */
function groupsOf(address: string): number[] {
  const [start = '', end] = address.replace(/[\d.]+$/, dottedAsGroups).split('::');
  const before = numbersOf(start);
  const after = numbersOf(end ?? '');
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const numbersOf = (groups: string): number[] =>
  groups.split(':').flatMap((group) => (group ? Number.parseInt(group, 16) : []));

function dottedAsGroups(end: string): string {
  if (!end.includes('.')) return end;
  const [a = 0, b = 0, c = 0, d = 0] = end.split('.').map(Number);
  return `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
}

const hex = (group: number): string => group.toString(16);

/** Addresses that stand for one of IPv4: `::ffff:0:0/96` (RFC 4291), `64:ff9b::/96` (RFC 6052). */
function embeddedIPv4(groups: readonly number[]): string | undefined {
  const prefix = groups.slice(0, 6).map(hex).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}
