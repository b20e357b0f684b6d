import { formatCursor, type Position } from './cursor';
import type { Entry, GapReason, Log } from './log';
import type { Message } from './message';

/** A loss that is announced: some messages after the client's cursor cannot be had any more. */
export interface Gap {
  readonly reason: GapReason;
  /** How many messages are missed, where that is known: when all that is missing was evicted. */
  readonly missed?: number;
  /** Where reading goes on: before the oldest message that is kept. */
  readonly cursor: string;
}

/** Some of what follows a place in one or several logs, in the order of publishing. */
export interface Batch {
  readonly gap?: Gap;
  readonly messages: readonly Message[];
  /** The cursor after each of the messages. */
  readonly cursors: readonly string[];
  /** Where the batch ends. */
  readonly positions: readonly Position[];
  /** The cursor of {@link positions}. */
  readonly cursor: string;
  /** Whether the logs hold more behind it. */
  readonly more: boolean;
  /** Whether every log is finished and nothing is behind this batch. */
  readonly ended: boolean;
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

/** Reads no messages: finds a gap, and whether there are any. */
export const emptyBatch: BatchLimits = { bytes: 0, messages: 0 };

/**
 * Reads on from positions, one for each log. Messages of several logs are merged by the time of
 * their publishing; within a log they keep their order.
 */
export function readBatch(
  logs: readonly Log[],
  tags: readonly string[],
  from: readonly Position[],
  limits = defaultBatchLimits,
): Batch {
  const resumed = resumeAll(logs, tags, from);
  const positions = resumed.positions.slice();
  const messages: Message[] = [];
  const cursors: string[] = [];
  let bytes = 0;
  let more = false;
  for (const entry of candidates(logs, positions, limits.bytes)) {
    if ((messages.length > 0 && bytes + entry.message.size > limits.bytes) || messages.length === limits.messages) {
      more = true;
      break;
    }
    bytes += entry.message.size;
    positions[entry.log] = { epoch: (positions[entry.log] as Position).epoch, offset: entry.offset };
    messages.push(entry.message);
    cursors.push(formatCursor(positions, tags));
  }
  more ||= logs.some((log, i) => (positions[i] as Position).offset < log.head);
  return {
    ...(resumed.gap && { gap: resumed.gap }),
    messages,
    cursors,
    positions,
    cursor: cursors.at(-1) ?? resumed.gap?.cursor ?? formatCursor(positions, tags),
    more,
    ended: !more && logs.every((log) => log.ended),
  };
}

/** Where reading goes on from a client's positions, and the gap that this is, if it is one. */
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
    if (gap === undefined) return position;
    reason ??= gap;
    missed = gap === 'evicted' && missed !== undefined ? missed + offset - position.offset : undefined;
    return { epoch: log.epoch, offset };
  });
  if (reason === undefined) return { positions };
  const cursor = formatCursor(positions, tags);
  return { positions, gap: { reason, cursor, ...(missed !== undefined && { missed }) } };
}

/** The messages that may fit into the next `maxBytes` bytes, oldest first. */
function candidates(logs: readonly Log[], positions: readonly Position[], maxBytes: number): Candidate[] {
  const found: Candidate[] = [];
  for (const [i, log] of logs.entries()) {
    let bytes = 0;
    for (let offset = (positions[i] as Position).offset + 1; offset <= log.head && bytes <= maxBytes; offset++) {
      const entry = log.at(offset);
      bytes += entry.message.size;
      found.push({ offset, time: entry.time, message: entry.message, log: i });
    }
  }
  return logs.length === 1 ? found : found.sort((a, b) => a.time - b.time);
}
