import type { IncomingMessage } from 'node:http';
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
  const accepts = acceptsGzip(incoming.headers['accept-encoding']) && !isAskedByVarnish(incoming);
  return accepts ? compression : undefined;
}

/**
 * True if Varnish may ask for gzip by itself, as it does where it looks for an answer in its cache.
 * It then decodes the stream for clients that do not accept gzip, but 32 KiB at a time: they would
 * wait for their events. Where it passes a request on, the header is the client's own.
 */
function isAskedByVarnish({ headers }: IncomingMessage): boolean {
  return headers['x-varnish'] !== undefined && headers['accept-encoding'] === 'gzip';
}

/** True if an `Accept-Encoding` header prefers gzip, or likes it as well (RFC 9110, 12.5.3). */
export function acceptsGzip(header = ''): boolean {
  const items = weightedItems(header);
  const qualityOf = (...names: string[]) => items.find(({ value }) => names.includes(value))?.quality;
  const gzip = qualityOf('gzip', 'x-gzip') ?? qualityOf('*') ?? 0;
  return gzip > 0 && gzip >= (qualityOf('identity') ?? 0);
}
