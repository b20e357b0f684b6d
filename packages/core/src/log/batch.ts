import { formatCursor, type Position, withEnd } from './cursor';
import type { Entry } from './entry';
import { haveEnded, haveMoved } from './heads';
import type { Log } from './log';
import type { Message } from './message';
import type { Outcome } from './outcome';
import type { GapReason } from './resumption';

/** A report of lost messages after a client's cursor. */
export interface Gap {
  readonly reason: GapReason;
  /** The number of lost messages. It is known only where all of them were evicted. */
  readonly missed?: number;
  /** The names of the channels that lost messages, on a connection to several channels. */
  readonly channels?: readonly string[];
  /** The cursor before the oldest message that is kept, where reading continues. */
  readonly cursor: string;
}

/** The next messages after a place in one or several logs, in the order of publishing. */
export interface Batch {
  readonly gap?: Gap;
  readonly messages: readonly Message[];
  /**
   * The cursor after each message. `undefined` for a message of a snapshot, after which a client
   * keeps its cursor.
   */
  readonly cursors: readonly (string | undefined)[];
  /** The place after the batch. */
  readonly positions: readonly Position[];
  /** The cursor of {@link positions}. */
  readonly cursor: string;
  /** True while the logs have more messages after the batch. */
  readonly more: boolean;
  /** True if every log has ended and this is the last batch. */
  readonly ended: boolean;
  /** How the run has ended whose last batch this is. Absent for channels. */
  readonly outcome?: Outcome;
  /** The names of connections that messages of the batch leave out. Absent where none does. */
  readonly excepts?: ReadonlySet<string>;
  /** True for a batch that is for one connection alone, since it is left out of other messages. */
  readonly isApart?: true;
}

interface Candidate extends Entry {
  readonly log: number;
}

/** The size of one batch. A single message may be larger than `bytes`. */
export interface BatchLimits {
  readonly bytes: number;
  readonly messages: number;
}

/** The size of a batch for one client. */
export const defaultBatchLimits: BatchLimits = { bytes: 64 * 1024, messages: Number.POSITIVE_INFINITY };

/** Limits for a batch without messages, which still tells of a gap and of more messages. */
export const emptyBatch: BatchLimits = { bytes: 0, messages: 0 };

/** Makes a batch without messages, after which a client is where it was. */
export function emptyBatchAt(positions: readonly Position[], cursor: string, more = true): Batch {
  return { messages: none, cursors: none, positions, cursor, more, ended: false };
}

const none: readonly never[] = [];

/**
 * Reads the next batch after `from`, which has one position for each log. Messages of several logs
 * are merged by their times, and those of one log keep their order.
 */
export function readBatch(
  logs: readonly Log[],
  tags: readonly string[],
  from: readonly Position[],
  limits = defaultBatchLimits,
): Batch {
  // Nearly all clients begin at the head of their logs.
  if (!haveMoved(logs, from)) return emptyBatchAt(from, formatCursor(from, tags), false);
  const resumed = resumeAll(logs, tags, from);
  const positions = resumed.positions.slice();
  const messages: Message[] = [];
  const cursors: string[] = [];
  let excepts: Set<string> | undefined;
  let bytes = 0;
  let more = false;
  for (const entry of candidates(logs, positions, limits.bytes)) {
    if ((messages.length > 0 && bytes + entry.message.size > limits.bytes) || messages.length === limits.messages) {
      more = true;
      break;
    }
    const { size, except } = entry.message;
    bytes += size;
    if (except !== undefined) excepts = (excepts ?? new Set()).add(except);
    positions[entry.log] = { epoch: (positions[entry.log] as Position).epoch, offset: entry.offset };
    messages.push(entry.message);
    cursors.push(formatCursor(positions, tags));
  }
  more ||= logs.some((log, i) => (positions[i] as Position).offset < log.head);
  const ended = !more && haveEnded(logs);
  // Only a run has an outcome, and it is read alone.
  const outcome = ended ? logs[0]?.outcome : undefined;
  const cursor = cursors.at(-1) ?? resumed.gap?.cursor ?? formatCursor(positions, tags);
  return {
    ...(resumed.gap && { gap: resumed.gap }),
    messages,
    cursors,
    positions,
    cursor: outcome ? withEnd(cursor) : cursor,
    more,
    ended,
    ...(outcome && { outcome }),
    ...(excepts && { excepts }),
  };
}

/** Finds where reading continues, and the gap if a log no longer has a client's position. */
function resumeAll(
  logs: readonly Log[],
  tags: readonly string[],
  from: readonly Position[],
): { positions: readonly Position[]; gap?: Gap } {
  let reason: GapReason | undefined;
  let missed: number | undefined = 0;
  const positions = logs.map((log, i): Position => {
    const position = from[i] as Position;
    const { offset, gap } = log.resume(position);
    const isSame = position.epoch === log.epoch && position.offset === offset;
    if (gap === undefined) return isSame ? position : { epoch: log.epoch, offset };
    reason ??= gap;
    missed = gap === 'evicted' && missed !== undefined && !log.isState ? missed + offset - position.offset : undefined;
    return { epoch: log.epoch, offset };
  });
  if (reason === undefined) return { positions };
  const cursor = formatCursor(positions, tags);
  return { positions, gap: { reason, cursor, ...(missed !== undefined && { missed }) } };
}

/** Finds the entries that may be among the next `maxBytes` bytes, in the order of their times. */
function candidates(logs: readonly Log[], positions: readonly Position[], maxBytes: number): Candidate[] {
  const found: Candidate[] = [];
  for (let i = 0; i < logs.length; i++) {
    const log = logs[i] as Log;
    let bytes = 0;
    let entry = log.next((positions[i] as Position).offset);
    for (; entry && bytes <= maxBytes; entry = log.next(entry.offset)) {
      const { offset, time, message } = entry;
      bytes += message.size;
      found.push({ offset, time, message, log: i });
    }
  }
  return logs.length === 1 ? found : found.sort((a, b) => a.time - b.time);
}
