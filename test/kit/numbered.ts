// Messages that are easy to find in the bytes of any stream without parsing the rest.

/** A text of a given length with its number and its time on the clock that all processes share. */
export function numbered(number: number, length: number): string {
  return `<${number} ${nowMicros()}>`.padEnd(length, 'x');
}

export const nowMicros = () => Math.round(Number(process.hrtime.bigint()) / 1000);

/** The number in such a text. */
export const numberOf = (text: string) => Number(/^<(\d+) /.exec(text)?.[1]);

const [mark, digits] = ['<'.charCodeAt(0), 32];
/** More than the bytes of a gap and of anything between it and the next number. */
const windowBytes = 400;

/** Reads one client's numbers and proves that none is missing without an announced gap. */
export class NumberReader {
  gaps = 0;
  missed = 0;
  read = 0;
  /** The number of messages that gaps have announced since the last number. */
  #announced = 0;
  #carried: Buffer = Buffer.alloc(0);

  /** @param last the last number published before the client connected, if known. */
  constructor(public last?: number) {}

  /**
   * Finds numbers and gaps in the bytes of any stream.
   *
   * @param onMessage gets the time at which each message was made.
   */
  take(bytes: Buffer, onMessage: (micros: number) => void = () => {}): void {
    const all = this.#carried.length > 0 ? Buffer.concat([this.#carried, bytes]) : bytes;
    let done = 0;
    for (let at = 0; (at = all.indexOf(mark, at)) !== -1; at++) {
      const text = all.toString('latin1', at, at + digits);
      const [whole, number, micros] = /^<(\d+) (\d+)>/.exec(text) ?? [];
      if (whole === undefined) {
        if (all.length - at < digits) break;
        continue;
      }
      const before = all.toString('latin1', Math.max(done, at - windowBytes), at);
      for (const [, missed] of before.matchAll(/"missed":(\d+)/g)) this.gap(Number(missed));
      this.message(Number(number));
      onMessage(Number(micros));
      done = at + whole.length;
    }
    // Readers share their buffers, so the rest is copied.
    this.#carried = Buffer.from(all.subarray(Math.max(done, all.length - windowBytes)));
  }

  gap(missed: number): void {
    this.gaps++;
    this.missed += missed;
    this.#announced += missed;
  }

  message(number: number): void {
    const expected = (this.last ?? number - 1 - this.#announced) + this.#announced + 1;
    if (number !== expected) throw new Error(`${number} came after ${this.last} and a gap of ${this.#announced}`);
    this.#announced = 0;
    this.last = number;
    this.read++;
  }
}
