/** Connections from one address of loopback, which has about 28,000 ports. */
const perAddress = 10_000;

/**
 * Where a client connects from: the first ten thousand need no address that a system may not have, the next come from
 * 127.0.0.2, and so on.
 */
export function sourceOf(client: number): { localAddress?: string } {
  const address = Math.floor(client / perAddress) + 1;
  return address === 1 ? {} : { localAddress: `127.0.0.${address}` };
}
