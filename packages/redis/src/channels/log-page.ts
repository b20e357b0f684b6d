import type { Log, Outcome, Position } from '@pushwire/core/backplanes';
import { type QuietTime, quietEpoch } from './quiet-time';

/** A part of a channel's log, as the scripts `read` and `readRun` return it. */
export interface LogPage {
  /** The epoch of the log. When there is none, it says so and names the time of the read. */
  readonly epoch: string;
  /** The head of the log at the time of the read. */
  readonly head: number;
  readonly ended: boolean;
  /** The server's time of the read, in ms. */
  readonly now: number;
  /** The offset before the first entry. */
  readonly after: number;
  readonly entries: readonly LogPageEntry[];
  /** False when Redis keeps nothing of the channel. */
  readonly exists: boolean;
  /** The time before the log in which nothing was published, as far as this read shows. */
  readonly quiet: QuietTime;
  /** True when the log was last written in another life of the server, or on another server. */
  readonly isStale: boolean;
  /** True when the channel has moved from the server of the reader's quiet time. */
  readonly hasMoved?: boolean;
  /** True for a page with everything up to the head, though that of a state has holes. */
  readonly isWhole?: boolean;
  /** True when it shows values of a state that are too old. */
  readonly isOverdue?: boolean;
  /** Milliseconds until Redis deletes the log, or a negative number if it never does. */
  readonly timeToLive: number;
  /** The position of the last message of the deleted log in whose place the log began. */
  readonly deleted?: Position;
  /** The outcome of a run that has ended. */
  readonly outcome?: Outcome;
  /** The remaining milliseconds of the lease of a run that is under way. 0 when it is over. */
  readonly lease?: number;
}

export interface LogPageEntry {
  readonly offset: number;
  /** The server's time of the append, in ms. */
  readonly time: number;
  /** The message, encoded by `encodeMessage`. */
  readonly text: string;
}

type Reply = [
  now: string,
  quiet: string,
  life: string,
  ...log: [
    epoch: string,
    head: string,
    ended: number,
    after: string,
    entries: (string | null)[],
    began: string,
    logsLife: string,
    timeToLive: number,
    deleted: string,
    ...run: [outcome: string | null, lease: number] | [],
  ],
];

/** True where the log has more entries after those of a page. */
export function hasMore({ isWhole, entries, head }: LogPage): boolean {
  const last = entries.at(-1);
  return !isWhole && last !== undefined && last.offset < head;
}

/**
 * @param parse parses an entry, which is at an offset unless it says otherwise.
 * @throws {TypeError} for a reply that the script never returns.
 */
export function parseLogPage(reply: unknown, parse = parseEntry): LogPage {
  const [time, name, life, epoch, head, ended, after, texts, began, logsLife, timeToLive, deleted, ...run] =
    reply as Reply;
  const now = Number(time);
  if (epoch === undefined) {
    const nothing = { head: 0, ended: false, after: 0, entries: [], exists: false, isStale: false, timeToLive: -1 };
    return { ...nothing, epoch: quietEpoch(name, now), now, quiet: { name, life, from: now, until: now } };
  }
  return {
    epoch: String(epoch),
    head: Number(head),
    ended: Number(ended) === 1,
    now,
    after: Number(after),
    entries: texts.flatMap((text, i) => (text === null ? [] : [parse(text, Number(after) + 1 + i)])),
    exists: true,
    quiet: { name, life, from: Number(began), until: Number(began) },
    isStale: logsLife !== life,
    timeToLive: Number(timeToLive),
    ...(deleted && { deleted: parsePosition(deleted) }),
    ...runOf(run),
  };
}

/** The part of a page that logs of runs have besides. */
function runOf([outcome, lease]: readonly [outcome?: string | null, lease?: number]): Pick<
  LogPage,
  'outcome' | 'lease'
> {
  if (outcome) return { outcome: JSON.parse(outcome) };
  return lease === undefined ? {} : { lease: Math.max(0, Number(lease)) };
}

function parsePosition(text: string): Position {
  const [epoch = '', offset] = text.split('.');
  return { epoch, offset: Number(offset) };
}

const entryPattern = /^(\d+) \d+ /;

/** Parses `<time> <bytes before it> <message>`. */
function parseEntry(entry: string, offset: number): LogPageEntry {
  const [head = '', time] = entryPattern.exec(entry) ?? [];
  return { offset, time: Number(time), text: entry.slice(head.length) };
}

/** True for a page of a channel that keeps nothing of what follows the head of a copy. */
export function isBeyond({ exists, isWhole, epoch, after }: LogPage, log: Pick<Log, 'epoch' | 'head'>): boolean {
  return exists && !isWhole && after > (epoch === log.epoch ? log.head : 0);
}
