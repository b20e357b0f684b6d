import { stampLength, stampNow } from '../sample-event';

const zero = '0'.charCodeAt(0);

/** The time that events took from the bench's command to publish them to the clients' reads. */
export class Latencies {
  readonly #micros: number[] = [];

  /** @param at the position of the marker, which the stamp follows. */
  readonly hear = (piece: Uint8Array, at: number): void => {
    if (at + stampLength >= piece.length) throw new Error('an event came in two pieces');
    let stamp = 0;
    for (let i = 1; i <= stampLength; i++) stamp = stamp * 10 + (piece[at + i] as number) - zero;
    this.#micros.push(stampNow() - stamp);
  };

  /** @returns for each share of the events, from 0 to less than 1, the ms it did not exceed. */
  quantiles(...shares: readonly number[]): number[] {
    return quantilesOf(this.#micros, ...shares);
  }
}

/** @returns for each share of times in µs, from 0 to less than 1, the ms it did not exceed. */
export function quantilesOf(micros: readonly number[], ...shares: readonly number[]): number[] {
  const sorted = Float64Array.from(micros).sort();
  return shares.map((share) => (sorted[Math.floor(share * sorted.length)] ?? Number.NaN) / 1000);
}
