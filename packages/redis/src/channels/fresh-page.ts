import { refusedToWrite } from '../connection/failures';
import type { LogPage } from './log-page';
import type { QuietTime } from './quiet-time';

/** The part of a log that a reader has. */
export interface ReadFrom extends Pick<LogPage, 'epoch' | 'head'> {
  readonly quiet?: QuietTime | undefined;
}

export const positionArguments = (from: ReadFrom | undefined): string[] =>
  from ? [from.epoch, String(from.head)] : ['', '0'];

/** How a log is read and kept alive. */
export interface ReadableLog {
  /** Milliseconds to keep the log after its last use, or 0 to keep it forever. */
  readonly memory: number;
  readPage(): Promise<LogPage>;
  /** Renews a log of an earlier life of the server, or of which a reader has more. */
  keep(reader?: ReadFrom): Promise<void>;
  /** Reports a failure of something that no caller waits for. */
  failed(error: unknown): void;
}

/** Reads a page of a log. A log of an earlier life of the server begins a new life before. */
export async function freshPage(from: ReadFrom | undefined, log: ReadableLog): Promise<LogPage> {
  const page = await log.readPage();
  const hasLost = page.exists && page.epoch === from?.epoch && page.head < from.head;
  if (page.isStale || page.isOverdue || hasLost) {
    try {
      await log.keep(from);
    } catch (error) {
      // A server that is gone may have shown a life that its readers have left.
      if (!refusedToWrite(error)) throw error;
      // Its log can be read as it is.
      log.failed(error);
      return page;
    }
    return log.readPage();
  }
  const isShort = page.timeToLive >= 0 && (log.memory === 0 || page.timeToLive < log.memory);
  if (page.exists && isShort) log.keep().catch((error) => log.failed(error));
  return page;
}
