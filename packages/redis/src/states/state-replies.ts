import type { Entry, Position, StateWritten } from '@pushwire/core/backplanes';
import { type LogPage, type LogPageEntry, parseLogPage } from '../channels/log-page';
import { decodeMessage, keyOf } from '../channels/message-text';
import { quietEpoch } from '../channels/quiet-time';

type WriteReply =
  | ['written', epoch: string, offset: string, heard: number]
  | ['unchanged', epoch: string, head: string]
  | ['nothing', now: string, quiet: string]
  | ['changed']
  | ['full', limit: 'keys' | 'bytes'];

/** The place of a state of which Redis keeps nothing. */
const nowhere = (now: unknown, quiet: unknown): Position => {
  return { epoch: quietEpoch(String(quiet), Number(now)), offset: 0 };
};

/** Parses a reply of the script `writeValue`. Without a write, there is nothing to hear of. */
export function parseWritten(reply: unknown): { readonly written: StateWritten; readonly isHeard: boolean } {
  const [kind, first = '', second = '', heard = 1] = reply as [WriteReply[0], string?, string?, number?];
  const isHeard = Number(heard) > 0;
  if (kind === 'changed') return { written: { kind: 'moved' }, isHeard };
  if (kind === 'full') return { written: { kind, limit: first as 'keys' | 'bytes' }, isHeard };
  if (kind === 'nothing') return { written: { kind: 'unchanged', position: nowhere(first, second) }, isHeard };
  return { written: { kind, position: { epoch: first, offset: Number(second) } }, isHeard };
}

/** Parses a reply of the script `clearValues`. */
export function parseCleared(reply: unknown): { readonly position: Position; readonly isHeard: boolean } {
  const [epoch, first, second] = reply as [epoch: string, heardOrNow: unknown, quiet?: string];
  if (epoch === '') return { position: nowhere(first, second), isHeard: true };
  return { position: { epoch, offset: 0 }, isHeard: Number(first) > 0 };
}

/** The part of a page that one value needs. */
export type ValuePage = Pick<LogPage, 'now' | 'epoch' | 'entries' | 'lease'>;

/** Parses a reply of the script `readValue`. The entry may be a deletion. */
export function parseValue(reply: unknown): ValuePage {
  const [time, quiet, epoch, entry, lapse] = reply as [string, string, ...(string | null | undefined)[]];
  const now = Number(time);
  const entries = entry ? [parseEntry(entry)] : [];
  return { now, epoch: epoch ?? quietEpoch(quiet, now), entries, ...leaseOf(now, lapse) };
}

/** The milliseconds until a lease of a presence may be over. */
export const leaseOf = (now: number, lapse: unknown) => (lapse ? { lease: Math.max(0, Number(lapse) - now) } : {});

const entryPattern = /^(\d+) (\d+) \d+ /;

/** Parses `<offset> <time> <size> <message>`. */
function parseEntry(entry: string): LogPageEntry {
  const [head = '', offset, time] = entryPattern.exec(entry) ?? [];
  return { offset: Number(offset), time: Number(time), text: entry.slice(head.length) };
}

/** Parses a reply of the script `readValues`: a page, and the offsets that it leaves out. */
export function parseStatePage(reply: unknown): { readonly page: LogPage; readonly rest: readonly string[] } {
  const parts = reply as unknown[];
  const rest = String(parts[12] ?? '')
    .split(' ')
    .filter(Boolean);
  const page = parseLogPage(parts.slice(0, 12), parseEntry);
  return { page: { ...page, isWhole: true, ...leaseOf(page.now, parts[13]) }, rest };
}

/** A deletion begins with this mark, and no other message does. */
const isDeletion = ({ text }: LogPageEntry): boolean => text.startsWith('-');

/** True if an entry has a value that is too old at a time of the server. */
export const isOverdue = (entry: LogPageEntry, now: number, age: number): boolean =>
  now - entry.time >= age && !isDeletion(entry);

/** Leaves out the entries of several pages that have a newer one with the same key. */
export function newestOf(entries: readonly LogPageEntry[]): readonly LogPageEntry[] {
  const byKey = new Map<string, LogPageEntry>();
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    const key = keyOf(entry.text);
    byKey.delete(key);
    byKey.set(key, entry);
  }
  return [...byKey.values()];
}

/** Returns the values that are not too old, with their times on the clock of this process. */
export function valuesOf(entries: readonly LogPageEntry[], age: number, server: number, here: number): Entry[] {
  const values = entries.filter((entry) => !isDeletion(entry) && !isOverdue(entry, server, age));
  return values.map(({ offset, time, text }) => {
    return { offset, time: here - Math.max(0, server - time), message: decodeMessage(text) };
  });
}
