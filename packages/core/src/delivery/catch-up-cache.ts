import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Batch } from '../log/batch';
import { formatCursor, type Position } from '../log/cursor';

const maxSlices = 16;
const maxBytes = 2 * 1024 * 1024;

/**
 * The latest slices of logs that were read by those who catch up, as bytes. Clients that come back at once, or that read again
 * after a stall, are in the same few places: what they get is encoded once, and is in memory once while it is on its way.
 */
export class CatchUpCache {
  /** In the order of their last use. */
  readonly #slices = new Map<string, Uint8Array>();
  #bytes = 0;

  /** @param format tells apart what is written in other bytes. */
  bytesOf(
    format: string,
    tags: readonly string[],
    from: readonly Position[],
    batch: Batch,
    encode: () => Chunk,
  ): Uint8Array {
    if (batch.messages.length === 0) return bytesOf([encode()]);
    // Epochs tell channels apart.
    const key = [format, formatCursor(from, tags), batch.gap?.cursor, batch.cursor].join('\0');
    const known = this.#slices.get(key);
    this.#slices.delete(key);
    const bytes = known ?? bytesOf([encode()]);
    this.#slices.set(key, bytes);
    if (!known) this.#keptMore(bytes.byteLength);
    return bytes;
  }

  #keptMore(size: number): void {
    this.#bytes += size;
    for (const [key, bytes] of this.#slices) {
      if (this.#slices.size <= maxSlices && this.#bytes <= maxBytes) return;
      this.#slices.delete(key);
      this.#bytes -= bytes.byteLength;
    }
  }
}
