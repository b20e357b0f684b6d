import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Message } from '../log/message';
import type { Clock } from '../time/clock';

/** The most bytes that are kept. The largest state of the default limits has half of them. */
const maxBytes = 32 * 1024 * 1024;
/** Milliseconds to keep what nobody has asked for again. */
const keepFor = 10_000;

/** The bytes of one list of messages, by the names of encodings. */
interface Part {
  readonly formats: Map<string, Uint8Array>;
  size: number;
  usedAt: number;
}

/**
 * Caches the bytes of messages that many clients get as one part, in each format. A crowd of
 * newcomers comes within seconds. After that, a state at rest costs no more than its values.
 */
export class PartBytes {
  /** The one that was used the longest ago comes first. */
  readonly #parts = new Map<readonly Message[], Part>();
  #bytes = 0;
  #isWaiting = false;

  constructor(readonly clock: Clock) {}

  /** The bytes that it keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param format the name of the encoding. */
  getOrEncode(messages: readonly Message[], format: string, encode: () => Chunk): Uint8Array {
    const part = this.#parts.get(messages) ?? { formats: new Map(), size: 0, usedAt: 0 };
    part.usedAt = this.clock.now();
    this.#parts.delete(messages);
    this.#parts.set(messages, part);
    const known = part.formats.get(format);
    if (known) return known;
    const bytes = bytesOf([encode()]);
    part.formats.set(format, bytes);
    part.size += bytes.byteLength;
    this.#bytes += bytes.byteLength;
    this.#dropOld(part.usedAt);
    return bytes;
  }

  #dropOld(now: number): void {
    for (const [messages, { size, usedAt }] of this.#parts) {
      if (this.#bytes <= maxBytes && now - usedAt < keepFor) break;
      this.#parts.delete(messages);
      this.#bytes -= size;
    }
    if (this.#isWaiting || this.#parts.size === 0) return;
    this.#isWaiting = true;
    this.clock.after(keepFor, () => {
      this.#isWaiting = false;
      this.#dropOld(this.clock.now());
    });
  }
}
