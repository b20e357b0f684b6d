/** A part of a channel's log, as the script `read` returns it. */
export interface LogPage {
  readonly epoch: string;
  /** The head of the log at the time of the read. */
  readonly head: number;
  readonly ended: boolean;
  /** The server's time of the read, in ms. */
  readonly now: number;
  /** The offset before the first entry. */
  readonly after: number;
  readonly entries: readonly LogPageEntry[];
}

export interface LogPageEntry {
  readonly offset: number;
  /** The server's time of the append, in ms. */
  readonly time: number;
  /** The message, encoded by `encodeMessage`. */
  readonly text: string;
}

/** @throws {TypeError} for a reply that the script never returns. */
export function parseLogPage(reply: unknown): LogPage {
  const [epoch, head, ended, now, after, entries] = reply as [string, string, number, string, string, unknown[]];
  return {
    epoch: String(epoch),
    head: Number(head),
    ended: Number(ended) === 1,
    now: Number(now),
    after: Number(after),
    entries: entries.map((entry) => {
      const [id, [, text, , time]] = entry as [string, [string, string, string, string]];
      return { offset: Number.parseInt(id, 10), time: Number(time), text: String(text) };
    }),
  };
}
