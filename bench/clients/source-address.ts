/** Connections per loopback address, which has about 28000 ports. */
const perAddress = 10_000;

/**
 * The address that a client connects from. The first 10000 use the default, since a system may lack
 * other addresses. The next ones use 127.0.0.2, and so on.
 */
export function sourceOf(client: number): { localAddress?: string } {
  const address = Math.floor(client / perAddress) + 1;
  return address === 1 ? {} : { localAddress: `127.0.0.${address}` };
}
