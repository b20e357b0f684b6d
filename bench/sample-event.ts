/** About 100 bytes as JSON, of which exactly one is the {@link marker}. */
export interface SampleEvent {
  readonly sequence: number;
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly note: string;
}

/**
 * Stands once in each event and nowhere else in what a server sends, so that counting it counts events. Nor is its code a
 * byte of a WebSocket frame's header: that of `~` says that the length comes in two more bytes.
 */
export const marker = '#';

/** The digits of a stamp, which stand right behind the marker. */
export const stampLength = 12;

/** @param stamp when the bench said that it be published. */
export function sampleEvent(sequence: number, stamp: number): SampleEvent {
  const bid = 1000 + (sequence % 1000) / 4;
  const when = String(stamp).padStart(stampLength, '0');
  return { sequence, symbol: 'PSHW', bid, ask: bid + 0.25, note: `${marker}${when} the quick brown foxes` };
}

/** Now, in µs, by the clock of the bench's process, which both publishes and reads. */
export function stampNow(): number {
  return Math.round(performance.now() * 1000);
}
