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

export function sampleEvent(sequence: number): SampleEvent {
  const bid = 1000 + (sequence % 1000) / 4;
  return { sequence, symbol: 'PSHW', bid, ask: bid + 0.25, note: `${marker}the quick brown fox jumps over it` };
}
