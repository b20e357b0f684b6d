import type { Chunk } from '../encoders/chunk';
import type { Encoder, Opening, Place } from '../encoders/encoder';

/** The openings at the place of the client that has begun last. */
let last: (Place & { readonly encoder: Encoder; readonly encode: (retry: number) => Chunk }) | undefined;

/**
 * Encodes the first event of a client. Clients that connect together begin at one place, and what
 * they have in common is encoded once: it is a part of the cost of accepting one.
 */
export function encodeOpening(encoder: Encoder, opening: Opening): Chunk {
  const { cursor, heartbeat, padding, retry } = opening;
  if (last?.encoder !== encoder || last.cursor !== cursor || last.heartbeat !== heartbeat || last.padding !== padding) {
    const encode = encoder.openingsAt?.(opening);
    if (encode === undefined) return encoder.open(opening);
    last = { encoder, cursor, heartbeat, padding, encode };
  }
  return last.encode(retry);
}
