import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import type { Compression } from '../encoders/shared-deflate';
import type { TransportName } from '../encoders/transport-name';
import type { Batch, BatchLimits } from '../log/batch';
import type { Position } from '../log/cursor';

/** The format in which the connections of one group are written to. */
export interface GroupFormat {
  /** Connections whose formats have the same name share a group. */
  readonly name: string;
  readonly transport: TransportName;
  /**
   * @param from the place before the batch.
   * @param tags the names of its channels in a cursor.
   */
  batch(batch: Batch, from: readonly Position[], tags: readonly string[]): Chunk;
  /**
   * Encodes a client's place, where the batch has nothing for it that would. Absent where clients
   * have no place, or where each batch has it.
   */
  moved?(cursor: string): Chunk;
  /** The size of one batch. Defaults to 1 MiB, or one larger message. */
  readonly limits?: BatchLimits;
  /** Milliseconds that a group waits for more messages before it writes. Defaults to 0 ms. */
  readonly batchDelay?: number;
  /** True if its connections come back after each answer, so that the group is kept for a while. */
  readonly isPolled?: boolean;
  /** How batches are compressed. Defaults to not at all. */
  readonly compression?: Compression | undefined;
}

/**
 * Returns a format of its own for each batch delay and compression, since the members of a group
 * share one.
 */
export function formatOf(encoder: Encoder, batchDelay: number, compression?: Compression): GroupFormat {
  if (batchDelay === 0 && compression === undefined) return encoder;
  const { name, transport } = encoder;
  return {
    name: `${name} ${batchDelay} ms${compression ? ` gzip ${compression.level} ${compression.window}` : ''}`,
    transport,
    batchDelay,
    batch: (batch) => encoder.batch(batch),
    ...(encoder.moved && { moved: encoder.moved }),
    ...(compression && { compression }),
  };
}
