import { bytesOf, type Chunk } from '../encoders/chunk';
import type { Message } from '../log/message';

/**
 * Caches the bytes of messages that many clients get as one part, in each format. They are kept as
 * long as the list of messages is.
 */
export class PartBytes {
  readonly #bytes = new WeakMap<readonly Message[], Map<string, Uint8Array>>();

  /** @param format the name of the encoding. */
  getOrEncode(messages: readonly Message[], format: string, encode: () => Chunk): Uint8Array {
    let formats = this.#bytes.get(messages);
    if (formats === undefined) this.#bytes.set(messages, (formats = new Map()));
    const bytes = formats.get(format) ?? bytesOf([encode()]);
    formats.set(format, bytes);
    return bytes;
  }
}
