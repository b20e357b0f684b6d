/** A piece of a channel's log, as the script `read` gives it. */
export interface Page {
  readonly epoch: string;
  /** The head of the log when it was read. */
  readonly head: number;
  readonly ended: boolean;
  /** The server's time of day, in ms. */
  readonly now: number;
  /** The offset after which the page begins. */
  readonly after: number;
  readonly entries: readonly PageEntry[];
}

export interface PageEntry {
  readonly offset: number;
  /** When it was appended, in ms of the server's time of day. */
  readonly time: number;
  /** The message as text. */
  readonly text: string;
}

/** @throws TypeError where Redis gives what the script never gives. */
export function readPage(reply: unknown): Page {
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
