import type { StreamSettings } from '../delivery/stream-settings';
import type { Compression } from '../encoders/shared-deflate';
import { addVary } from '../response/headers';
import type { Exchange } from './exchange';
import { weightedItems } from './weighted-items';

/**
 * Returns how a stream of channels is compressed for a client: not at all, unless its route says so
 * and the client accepts it. An app that has set the encoding itself has decided.
 */
export function compressionFor<Request>(
  { incoming, response }: Exchange<Request>,
  { compression }: StreamSettings,
): Compression | undefined {
  if (!compression || response.hasHeader('Content-Encoding')) return undefined;
  addVary(response, 'Accept-Encoding');
  return acceptsGzip(incoming.headers['accept-encoding']) ? compression : undefined;
}

/** True if an `Accept-Encoding` header prefers gzip, or likes it as well (RFC 9110, 12.5.3). */
export function acceptsGzip(header = ''): boolean {
  const items = weightedItems(header);
  const qualityOf = (...names: string[]) => items.find(({ value }) => names.includes(value))?.quality;
  const gzip = qualityOf('gzip', 'x-gzip') ?? qualityOf('*') ?? 0;
  return gzip > 0 && gzip >= (qualityOf('identity') ?? 0);
}
