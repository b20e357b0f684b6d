import { crc32 } from 'node:zlib';
import { shiftCrc } from './crc-shift';
import { storedSizeOf, writeStoredBlocks } from './deflate-blocks';
import type { GzipPart } from './gzip-part';
import type { HandOut, Mark } from './shared-deflate';

/** No name, no time, and an unknown system (RFC 1952, 2.3). */
const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

const nothing = new Uint8Array();

/** The last block, which is empty: fixed codes, of which it has only the end (RFC 1951, 3.2.6). */
const lastBlock = [3, 0];

const trailerSize = 8;

/**
 * The gzip stream of one client (RFC 1952): hand-outs, which it shares with its group, and bytes of
 * its own in stored blocks between them. It has no context of zlib. The CRC of hand-outs that
 * follow each other is reckoned from that of the group when they end, and costs nothing before.
 */
export class GzipStream {
  #begun = false;
  /** The CRC before the hand-outs in a row. During these, the group's at their start is in it. */
  #crc = 0;
  #size = 0;
  /** The group's place before the hand-outs in a row. */
  #start = 0;
  /** The group's place after the last of them. Absent outside of a row. */
  #mark: Mark | undefined;

  /** Encodes a hand-out for this client. */
  take(handOut: HandOut): Uint8Array {
    const { before, after } = handOut;
    if (this.#mark !== before) {
      this.settle();
      this.#start = before.size;
      this.#crc ^= before.crc;
    }
    this.#mark = after;
    after.enter(this.#start);
    const blocks = this.#start <= after.from ? handOut.deflated : handOut.stored;
    return this.#afterHead(blocks);
  }

  /** Encodes bytes that other clients get too, but not at this time. */
  part({ blocks, crc, size }: GzipPart): Uint8Array {
    this.settle();
    this.#crc = shiftCrc(this.#crc, size) ^ crc;
    this.#size += size;
    return this.#afterHead(blocks);
  }

  #afterHead(blocks: Uint8Array): Uint8Array {
    return this.#begun ? blocks : Buffer.concat([this.begin(), blocks]);
  }

  /** Encodes bytes that are for this client alone. */
  alone(bytes: Uint8Array): Uint8Array {
    this.settle();
    this.#crc = crc32(bytes, this.#crc >>> 0);
    this.#size += bytes.byteLength;
    const first = this.begin();
    const encoded = Buffer.allocUnsafe(first.byteLength + storedSizeOf(bytes.byteLength));
    encoded.set(first);
    writeStoredBlocks(encoded, first.byteLength, bytes);
    return encoded;
  }

  /** Encodes the head of the stream, once. It is in front of the first bytes otherwise. */
  begin(): Uint8Array {
    if (this.#begun) return nothing;
    this.#begun = true;
    return head;
  }

  /** Encodes the end of the stream, after which nothing follows. */
  end(): Uint8Array {
    this.settle();
    const trailer = Buffer.allocUnsafe(trailerSize);
    trailer.writeUInt32LE(this.#crc >>> 0, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    return Buffer.concat([this.begin(), Buffer.from(lastBlock), trailer]);
  }

  /** Ends the hand-outs in a row, after which the client's window differs from the group's. */
  settle(): void {
    const mark = this.#mark;
    if (mark === undefined) return;
    mark.leave(this.#start);
    this.#mark = undefined;
    const bytes = mark.size - this.#start;
    this.#crc = shiftCrc(this.#crc, bytes) ^ mark.crc;
    this.#size += bytes;
  }
}
