import { misuse } from '../checks/errors';
import { ChannelGap } from '../log/channel-gap';
import { OutgoingMessage } from '../log/outgoing-message';
import { isEventIterator } from '../node-internals/events';
import { isNodeStream, OneOffSource } from './one-off-source';
import type { SourceItem } from './source-message';

/** The iterator of `events.on()`, as Node types it. Its items are the arguments of events. */
// biome-ignore lint/suspicious/noExplicitAny: Node does not know what an emitter emits
type EventIterator = AsyncIterator<any[], any, any> & AsyncIterable<any[]>;

/** Something that gives one client its messages, and that has to be closed. */
export type Messages =
  | AsyncIterable<SourceItem>
  | (Iterable<SourceItem | Promise<SourceItem>> & object)
  | EventIterator;

/** True for an iterable of any kind but text and bytes, of which each character would be one. */
export function isMessages(feed: unknown): feed is Messages {
  if (typeof feed !== 'object' || feed === null || ArrayBuffer.isView(feed)) return false;
  return Symbol.asyncIterator in feed || Symbol.iterator in feed || isWebStream(feed);
}

/**
 * True for what can be iterated only once: an iterator such as a generator's, and a stream of Node
 * or of the web.
 */
export function isOneShot(messages: Messages): boolean {
  return 'next' in messages || isNodeStream(messages) || isWebStream(messages);
}

/** @param isShared true if the route gives the same iterable to each of its clients. */
export function oneOffSource(messages: Messages, isShared = false): OneOffSource {
  if (isEventIterator(messages)) return new OneOffSource(eventsOf(messages), { isShared, isPushed: true });
  if (isWebStream(messages)) return new OneOffSource(chunksOf(messages), { isShared });
  // Lists that others give are refused when they come.
  const iterable = Symbol.asyncIterator in messages ? (messages as AsyncIterable<SourceItem>) : itemsOf(messages);
  return new OneOffSource(iterable, { isShared });
}

/** The values that an emitter emits are data. An event of several arguments is their list. */
function eventsOf(events: AsyncIterator<unknown[]>): AsyncIterable<SourceItem> {
  const itemOf = (values: readonly unknown[]): SourceItem => {
    const data = values.length === 1 ? values[0] : values;
    return OutgoingMessage.isMessage(data) || ChannelGap.isGap(data) ? data : { data };
  };
  const next = async (): Promise<IteratorResult<SourceItem>> => {
    const result = await events.next();
    return result.done ? result : { done: false, value: itemOf(result.value) };
  };
  return iterableOf({ next, return: () => finished(events.return?.()) });
}

/** The iterator of a web stream does not return while it waits, but its reader can be cancelled. */
function chunksOf(stream: ReadableStream<SourceItem>): AsyncIterable<SourceItem> {
  return {
    [Symbol.asyncIterator]() {
      if (stream.locked) throw misuse('source', 'a web stream that nothing else reads', stream);
      const reader = stream.getReader();
      const next = () => reader.read() as Promise<IteratorResult<SourceItem>>;
      return { next, return: () => finished(reader.cancel()) };
    },
  };
}

/** Items may be promises, as in a `for await` loop. */
function itemsOf(items: Iterable<SourceItem | Promise<SourceItem>>): AsyncIterable<SourceItem> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = items[Symbol.iterator]();
      const next = async (): Promise<IteratorResult<SourceItem>> => {
        const result = iterator.next();
        return result.done ? result : { done: false, value: await result.value };
      };
      return { next, return: () => finished(iterator.return?.()) };
    },
  };
}

const iterableOf = (iterator: AsyncIterator<SourceItem>): AsyncIterable<SourceItem> => ({
  [Symbol.asyncIterator]: () => iterator,
});

async function finished(closing: unknown): Promise<IteratorResult<SourceItem>> {
  await closing;
  return { done: true, value: undefined };
}

/** It may be of another realm or a polyfill, and need not be iterable. */
const isWebStream = (feed: object): feed is ReadableStream<SourceItem> =>
  'getReader' in feed && typeof feed.getReader === 'function';
