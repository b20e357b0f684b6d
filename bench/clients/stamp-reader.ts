import { marker, stampLength } from '../sample-event';

const markerByte = marker.charCodeAt(0);
const zero = '0'.charCodeAt(0);

/** Finds the stamps of the events in a stream of bytes, whose pieces may end in the middle of one. */
export class StampReader {
  /** The digits of a stamp that have come so far. Negative outside of a stamp. */
  #digits = -1;
  #stamp = 0;

  constructor(readonly onStamp: (stamp: number) => void) {}

  read(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#digits < 0) {
        at = bytes.indexOf(markerByte, at);
        if (at === -1) return;
        at++;
        this.#digits = this.#stamp = 0;
      }
      for (; this.#digits < stampLength && at < bytes.length; at++) {
        this.#stamp = this.#stamp * 10 + (bytes[at] as number) - zero;
        this.#digits++;
      }
      if (this.#digits < stampLength) return;
      this.#digits = -1;
      this.onStamp(this.#stamp);
    }
  }
}
