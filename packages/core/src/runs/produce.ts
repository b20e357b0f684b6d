import { isPromise, misuse } from '../checks/errors';
import { isMessages, type Messages } from '../delivery/iterables';
import { messageOf } from '../delivery/source-message';
import { ChannelGap } from '../log/channel-gap';
import type { AnyEvents, EventName } from '../log/event-names';
import { createMessage, type Message, type SendOptions } from '../log/message';
import type { OutgoingMessage } from '../log/outgoing-message';

/** Sends the messages of a run, for a producer that yields none. */
export interface RunSender<Events = AnyEvents> {
  /** The id of the run. */
  readonly id: string;
  /**
   * Sends a message. It takes what `channel.publish()` takes. The messages of one turn of the event
   * loop are one write.
   *
   * The promise resolves with the message's id when the backplane has it. It need not be awaited,
   * but a producer that awaits it never runs ahead of a slow backplane.
   *
   * @throws TypeError at once for data or an event that cannot be sent.
   * @throws PushwireError the promise rejects with `message-too-large` or `run-too-large`, each of
   * which fails the run; with `run-ended`; or with the signal's reason after it has fired.
   */
  send<Name extends EventName<Events>>(message: OutgoingMessage<Name, Events[Name]>): Promise<string>;
  send<Name extends EventName<Events> = 'message' & EventName<Events>>(
    data: Events[Name],
    options?: SendOptions<Name>,
  ): Promise<string>;
}

/** The argument of the function that produces a run. */
export interface ProduceContext<Events = AnyEvents> {
  /**
   * Fires when the run is to end early. Its reason is a `PushwireError`: `run-stopped`, whose
   * message has the reason of `stop()`; `run-lost`; `run-too-large`; `run-failed` for an item that
   * cannot be sent; or `hub-closed`.
   */
  readonly signal: AbortSignal;
  readonly run: RunSender<Events>;
}

/**
 * Produces the messages of a run. It returns an iterable of any kind that a source may be, or a
 * promise: an async function sends by `run.send()`, and the run completes when its promise
 * resolves. A promise of an async iterable counts as that iterable.
 *
 * It is called in the async context of `start()`, and not at all for a run that was stopped before
 * it began.
 */
export type Produce<Events = AnyEvents> = (context: ProduceContext<Events>) => Messages | PromiseLike<unknown>;

/**
 * Checks the result of a producer.
 *
 * @throws TypeError for a value that is neither an iterable nor a promise.
 */
export function checkProduced(result: unknown): Messages | PromiseLike<unknown> {
  if (isPromise(result) || isMessages(result)) return result;
  throw misuse('result of the producer', 'an iterable of messages, or a promise', result);
}

/**
 * The iterable that a promise resolved with. Arrays don't count, since they may come from
 * `Promise.all()`.
 */
export function isLateIterable(value: unknown): value is Messages {
  return isMessages(value) && (Symbol.asyncIterator in value || !(Symbol.iterator in value));
}

/**
 * Makes a message of an item that a producer yielded.
 *
 * @throws TypeError for an item that cannot be sent, or that has an id.
 */
export function messageOfItem(item: unknown): Message {
  if (ChannelGap.isGap(item)) throw misuse('item of a run', 'a message, not a gap', item);
  const { data, event, id, retry } = messageOf(item);
  if (id !== undefined) throw misuse('id of an item', 'none, since the log of the run numbers its messages', id);
  if (retry !== undefined) throw misuse('retry of an item', 'none, since a run has no connection of its own', retry);
  return createMessage(data, event);
}
