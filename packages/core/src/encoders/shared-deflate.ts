import { crc32 } from 'node:zlib';
import { deflatedBlocks, storedBlocks, storedSizeOf } from './deflate-blocks';

/** How the streams of a group are compressed. */
export interface Compression {
  /** The compression level of zlib, from 0 to 9, or -1 for zlib's own default. */
  readonly level: number;
  /** The bytes before a hand-out that its blocks may refer to. */
  readonly window: number;
}

const nothing = new Uint8Array();

/**
 * The place after a hand-out. A reader remembers the place that it has reached, so that its next
 * hand-out can be told from one that does not follow.
 */
export class Mark {
  #recent: Uint8Array;
  /** Readers at this place that could read the last hand-out deflated, and those that could not. */
  #inStep = 0;
  #others = 0;

  /**
   * @param size the bytes before this place, and `crc` is theirs.
   * @param from the place from which a reader must have had everything.
   */
  constructor(
    readonly size: number,
    readonly crc: number,
    readonly from: number,
    recent: Uint8Array,
  ) {
    this.#recent = recent;
  }

  /**
   * The bytes before this place that the next hand-out may refer to: none if more readers lack them
   * than have them.
   */
  get recent(): Uint8Array {
    return this.#inStep < this.#others ? nothing : this.#recent;
  }

  /** Frees the recent bytes, which nobody needs any more. */
  release(): void {
    this.#recent = nothing;
  }

  /** @param start the place from which the reader has had everything. */
  enter(start: number): void {
    if (start <= this.from) this.#inStep++;
    else this.#others++;
  }

  leave(start: number): void {
    if (start > this.from) this.#others--;
    else if (--this.#inStep === 0) this.release();
  }
}

/** The bytes of a batch for all members of a group. */
export class HandOut {
  readonly #deflated: Uint8Array | undefined;
  #stored: Uint8Array | undefined;

  /** @param deflated absent where stored blocks are smaller. */
  constructor(
    readonly bytes: Uint8Array,
    readonly before: Mark,
    readonly after: Mark,
    deflated?: Uint8Array,
  ) {
    this.#deflated = deflated;
  }

  /** Blocks for readers that have had everything since `after.from`. */
  get deflated(): Uint8Array {
    return this.#deflated ?? this.stored;
  }

  /** Blocks for all readers. Few need them, so they are made on demand. */
  get stored(): Uint8Array {
    return (this.#stored ??= storedBlocks(this.bytes));
  }
}

/**
 * Deflates what all members of a group get, once for all. The blocks of a hand-out refer to nothing
 * but the bytes of the hand-outs before it, up to the size of the window. So whoever has had these
 * can read it, whatever came before them, and others get it in stored blocks.
 *
 * No context of zlib is kept. Each hand-out has the window as its dictionary, which makes the same
 * blocks and needs no more memory than the window.
 */
export class SharedDeflate {
  #mark = new Mark(0, 0, 0, nothing);

  constructor(readonly compression: Compression) {}

  next(bytes: Uint8Array): HandOut {
    const { level } = this.compression;
    const before = this.#mark;
    const { recent, size, crc } = before;
    const deflated = deflatedBlocks(bytes, level, recent);
    const end = size + bytes.byteLength;
    const after = new Mark(end, crc32(bytes, crc), size - recent.byteLength, this.#recentAfter(recent, bytes));
    before.release();
    this.#mark = after;
    // A reader's window gets the same bytes, however they come.
    const isSmaller = deflated.byteLength < storedSizeOf(bytes.byteLength);
    return new HandOut(bytes, before, after, isSmaller ? deflated : undefined);
  }

  /** Copies the last bytes, so that the window keeps nothing else in memory. */
  #recentAfter(recent: Uint8Array, bytes: Uint8Array): Uint8Array {
    const max = this.compression.window;
    const own = bytes.subarray(Math.max(0, bytes.byteLength - max));
    const kept = recent.subarray(Math.max(0, recent.byteLength - (max - own.byteLength)));
    const next = new Uint8Array(kept.byteLength + own.byteLength);
    next.set(kept);
    next.set(own, kept.byteLength);
    return next;
  }
}
