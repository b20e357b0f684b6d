import type { HubRefusal } from '../delivery/close-reason';
import type { ContentEncoding } from '../delivery/sink';
import type { StreamSettings } from '../delivery/stream-settings';
import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { answerRetryLater } from '../http/answers';
import type { Exchange } from '../http/exchange';
import type { Engine } from '../hub/engine';
import { spreadRetry } from '../time/retry-delay';

/** True for a request that gets the head of its answer alone. */
export const isHead = <Request>({ incoming }: Exchange<Request>): boolean => incoming.method === 'HEAD';

/**
 * Asks a client to come back later. It does so in a stream, since any other answer would stop a
 * native EventSource for good.
 */
export function refuse<Request>(
  exchange: Exchange<Request>,
  engine: Engine,
  encoder: Encoder,
  settings: StreamSettings,
  reason: HubRefusal,
): undefined {
  // A foreign client would take a stream that ends at once for an empty answer.
  if (encoder.foreign) return answerRetryLater(exchange, engine, encoder.transport, reason, settings.retry);
  engine.observer.refused(encoder.transport, reason);
  return sendWhole(exchange, encoder, encoder.retry(reason, spreadRetry(settings.retry, Math.random())));
}

/** Sends a stream that ends at once. */
export function sendWhole<Request>(exchange: Exchange<Request>, encoder: Encoder, chunk: Chunk): undefined {
  const { sink } = exchange;
  sink.begin(encoder.contentType, false, encoder.foreign);
  if (chunk.length > 0 && !isHead(exchange)) sink.write(bytesOf([chunk]));
  sink.end();
}

/**
 * Sends the head of a stream alone, as the stream would have it.
 *
 * @param newest the offset of the newest message of a log, or 0. Absent where there is no log.
 * @param encoding the encoding of its body. Absent for none.
 */
export function sendHead<Request>(
  { sink }: Exchange<Request>,
  { contentType, foreign }: Encoder,
  newest?: number,
  encoding?: ContentEncoding,
): undefined {
  const own = newest === undefined ? foreign : foreign && { headers: foreign.headersAt(newest) };
  sink.begin(contentType, false, own, encoding);
  sink.end();
}
