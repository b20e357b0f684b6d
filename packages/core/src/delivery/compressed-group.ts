import { type HandOut, SharedDeflate } from '../encoders/shared-deflate';
import { Group } from './group';

/** A group whose batches are deflated once, for all members. */
export class CompressedGroup extends Group {
  #deflate: SharedDeflate | undefined;

  protected override handOut(bytes: Uint8Array): HandOut | undefined {
    const { compression } = this.format;
    // Members that got nothing go on from the hand-out before.
    if (compression === undefined || bytes.byteLength === 0) return undefined;
    return (this.#deflate ??= new SharedDeflate(compression)).next(bytes);
  }
}
