import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Batch } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';

const maxBatches = 16;
const maxBytes = 2 * 1024 * 1024;

/**
 * Caches the encoded batches that catching-up connections read last. Clients that reconnect
 * together, or read on after the same stall, are in the same few places of the log. Each batch is
 * then encoded once, and is in memory once while it is sent.
 */
export class CatchUpCache {
  /** The least recently used batch is the first. */
  readonly #batches = new Map<string, Uint8Array>();
  #bytes = 0;

  /**
   * Returns the bytes of a batch, and encodes it only where the cache has none.
   *
   * @param format the name of the encoding. Batches of different formats are different entries.
   */
  getOrEncode(
    format: string,
    tags: readonly string[],
    from: readonly Position[],
    batch: Batch,
    encode: () => Chunk,
  ): Uint8Array {
    if (batch.messages.length === 0) return bytesOf([encode()]);
    // The key needs no channel names, since each epoch belongs to one channel.
    const key = [format, formatCursor(from, tags), batch.gap?.cursor, batch.cursor].join('\0');
    const cached = this.#batches.get(key);
    this.#batches.delete(key);
    const bytes = cached ?? bytesOf([encode()]);
    this.#batches.set(key, bytes);
    if (!cached) this.#makeRoomFor(bytes.byteLength);
    return bytes;
  }

  #makeRoomFor(size: number): void {
    this.#bytes += size;
    for (const [key, bytes] of this.#batches) {
      if (this.#batches.size <= maxBatches && this.#bytes <= maxBytes) return;
      this.#batches.delete(key);
      this.#bytes -= bytes.byteLength;
    }
  }
}
