/** An event of about 100 bytes as JSON, with exactly one {@link marker}. */
export interface SampleEvent {
  readonly sequence: number;
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly note: string;
}

/**
 * Occurs once in each event and nowhere else in a server's output, so that counting it counts
 * events. It is no byte of a WebSocket frame's header either, unlike `~`, which announces a length
 * of two bytes.
 */
export const marker = '#';

/** The number of digits of a stamp, which follows the marker. */
export const stampLength = 12;

/** @param stamp the time at which the bench ordered the publish. */
export function sampleEvent(sequence: number, stamp: number): SampleEvent {
  const bid = 1000 + (sequence % 1000) / 4;
  const when = String(stamp).padStart(stampLength, '0');
  return { sequence, symbol: 'PSHW', bid, ask: bid + 0.25, note: `${marker}${when} the quick brown foxes` };
}

/** Returns the time in µs by the clock of the bench's process, which both publishes and reads. */
export function stampNow(): number {
  return Math.round(performance.now() * 1000);
}
