import { parseEventStream, type ReceivedEvent } from './event-stream';

/** A message or an event of the protocol, as JSON transports carry it. */
interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data: unknown;
}

/** An answer to a poll. */
export interface PollBody {
  readonly cursor: string;
  readonly messages: readonly Frame[];
  readonly gap?: { readonly cursor: string };
  readonly ended?: boolean;
  readonly outcome?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly interval?: number;
}

/** Reads the events of a whole text so far. An event that has not arrived in full is left out. */
export type Reader = (text: string) => ReceivedEvent[];

/** Returns the way to read a stream of this media type, or `undefined` for another one. */
export function readerFor(contentType: string): Reader | undefined {
  const [type] = contentType.split(';') as [string];
  return readers[type.trim().toLowerCase()];
}

const readers: Readonly<Record<string, Reader>> = {
  'text/event-stream': parseEventStream,
  'application/x-ndjson': (text) => eventsOf(wholeLines(text).map((line) => JSON.parse(line))),
  'text/html': readComet,
};

/** Reads a document of script calls. */
export function readComet(text: string): ReceivedEvent[] {
  return eventsOf(wholeLines(text).flatMap(callsIn));
}

/** True for a document of script calls, even if it has called nothing yet. */
export const isComet = (text: string) => text.includes('<title>Pushwire</title>');

const wholeLines = (text: string) => text.split('\n').slice(0, -1).filter(Boolean);

/** Makes events of frames, as an EventSource would get them. */
export function eventsOf(frames: readonly unknown[], lastId = ''): ReceivedEvent[] {
  let id = lastId;
  return frames.map((value) => {
    const frame = isFrame(value) ? value : { data: value };
    id = frame.id ?? id;
    return { event: frame.event ?? 'message', data: textOf(frame.data), id };
  });
}

const isFrame = (value: unknown): value is Frame => typeof value === 'object' && value !== null && 'data' in value;

const textOf = (data: unknown): string => (typeof data === 'string' ? data : JSON.stringify(data));

/** A script of a comet document: the call of its function with a value, its id, and a time. */
const call = /^<script[^>]*>_\((.*)\)<\/script>$/;

/** A value whose key `__proto__` keeps it from being a literal. */
const parsedValue = /^JSON\.parse\(("(?:[^"\\]|\\.)*")\)/;

/** Returns the value that the page gets for a line of a comet document, if it gets one. */
function callsIn(line: string): unknown[] {
  const text = call.exec(line)?.[1];
  if (text === undefined || text.startsWith('void 0')) return [];
  const [value, id] = JSON.parse(`[${text.replace(parsedValue, (_all, json) => JSON.parse(json))}]`);
  // A value that the app's `map` makes has no id of its own.
  return [isFrame(value) || typeof id !== 'string' ? value : { id, data: value }];
}

/** Returns the answer to a poll, or `undefined` for another body. */
export function pollBodyOf(text: string): PollBody | undefined {
  try {
    const body = JSON.parse(text);
    return typeof body?.cursor === 'string' && Array.isArray(body.messages) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Makes events of an answer to a poll: a gap comes first, and the end last. */
export function eventsOfPoll({ cursor, messages, gap, ended, outcome, code, reason }: PollBody): ReceivedEvent[] {
  return eventsOf([
    ...(gap ? [{ event: 'pushwire:gap', id: gap.cursor, data: gap }] : []),
    ...messages,
    ...(ended ? [{ event: 'pushwire:end', id: cursor, data: { cursor, outcome, code, reason } }] : []),
  ]);
}

/** The events that are not the protocol's own. */
export function messagesOf(events: readonly ReceivedEvent[]): ReceivedEvent[] {
  return events.filter(({ event }) => !event.startsWith('pushwire:'));
}
