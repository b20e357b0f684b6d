import { notAsync } from '../checks/errors';
import type { Batch } from '../log/batch';
import { createMessage, type Message } from '../log/message';
import { callOutsideRequests } from '../time/async-context';

/**
 * Joins the data of two messages into that of one, or returns `undefined` to keep both. It is
 * called for neighbours with the same event name and the same kind of data.
 */
export type Join = (a: unknown, b: unknown, event: string | undefined) => unknown;

/** Joins neighbouring messages of a batch that goes out at once. */
export interface Joining {
  /** Joinings with the same name make the same messages. */
  readonly name: string;
  /** @throws what the app's function throws, and a TypeError for data that cannot be sent. */
  join(batch: Batch): Batch;
}

const joinings = new WeakMap<Join, Joining>();
let count = 0;

/** Routes with the same function share the bytes that it has made. */
export function joiningOf(join: Join | undefined): Joining | undefined {
  if (join === undefined) return undefined;
  let joining = joinings.get(join);
  if (joining === undefined) {
    joining = { name: `join ${++count}`, join: (batch) => joinNeighbours(batch, join) };
    joinings.set(join, joining);
  }
  return joining;
}

/** A message to which more may be joined. Its data is encoded once, when nothing more is. */
interface Growing {
  readonly first: Message;
  /** The joined data. Absent while it is that of the first message. */
  joined?: { data: unknown };
  /** `undefined` for a message of a snapshot, which stays as it is. */
  cursor: string | undefined;
}

/** Each joined message has the cursor of its last part, after which a client goes on. */
function joinNeighbours(batch: Batch, join: Join): Batch {
  const { messages, cursors } = batch;
  const growing: Growing[] = [];
  for (const [i, message] of messages.entries()) {
    const last = growing.at(-1);
    const cursor = cursors[i];
    if (last && cursor !== undefined && grows(last, message, join)) last.cursor = cursor;
    else growing.push({ first: message, cursor });
  }
  if (growing.length === messages.length) return batch;
  return { ...batch, messages: growing.map(messageOf), cursors: growing.map(({ cursor }) => cursor) };
}

/** Joins a message to the one before it. Returns false where both are kept. */
function grows(last: Growing, message: Message, join: Join): boolean {
  const { first, joined, cursor } = last;
  if (cursor === undefined || first.kind !== message.kind || first.event !== message.event) return false;
  const data = joined ? joined.data : dataOf(first);
  // The bytes are for all clients at this place, so they are made in the context of none.
  const together = callOutsideRequests(() => join(data, dataOf(message), first.event));
  if (notAsync('join', 'a function that is not async', together) === undefined) return false;
  last.joined = { data: together };
  return true;
}

/** Values are parsed anew each time, so an app may change what it gets. */
function dataOf({ kind, body }: Message): unknown {
  if (kind === 'binary') return Buffer.from(body);
  return kind === 'json' ? JSON.parse(body) : body;
}

const messageOf = ({ first, joined }: Growing): Message => (joined ? createMessage(joined.data, first.event) : first);
