import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { finishedCursor, maxCursorLength, startCursor } from './cursor';
import type { EventName } from './event-names';
import {
  checkEvent,
  checkOneLine,
  checkPublishOptions,
  checkRetry,
  checkSendOptions,
  createMessage,
  type Message,
  ownText,
  type PublishOptions,
  type SendOptions,
} from './message';

/** Fields of a message beside its data. */
export interface MessageFields<Name extends string = string> {
  /**
   * The event's name. It must not contain CR, LF or NUL, begin with the reserved `pushwire:`, or be
   * `error` or `open`, which an EventSource takes for its own.
   */
  event?: Name | undefined;
  /**
   * The id that a client sends back as `lastEventId`, for generators only: a channel numbers its
   * messages itself. It must come back as it was, so it must not contain control characters or lone
   * surrogates, begin or end with a space, or be the reserved `end` or `start`. It may have 4096
   * bytes in a URL.
   */
  id?: string | undefined;
  /** Milliseconds that the client waits before it reconnects, for generators only. */
  retry?: number | undefined;
}

/** A message made by {@link message}. */
export class OutgoingMessage<Name extends string = string, Data = unknown> {
  /** A plain object with the same properties is data, not a message. */
  readonly #isMessage = true;

  /** @internal Use {@link message}. */
  constructor(
    readonly data: Data,
    readonly event: Name | undefined,
    readonly id: string | undefined,
    readonly retry: number | undefined,
  ) {}

  /** @internal Returns true for a value that `message()` made. */
  static isMessage(value: unknown): value is OutgoingMessage {
    return typeof value === 'object' && value !== null && #isMessage in value;
  }
}

/** A message of `message()` that fits one of a channel's events. */
export type MessageOf<Events> = {
  [Name in EventName<Events>]: OutgoingMessage<Name, Events[Name]>;
}[EventName<Events>];

const fieldChecks = {
  event: () => undefined,
  id: () => undefined,
  retry: () => undefined,
};

/**
 * Makes a message that `channel.publish()` and `client.send()` take, and that a generator may
 * yield.
 *
 * @throws TypeError for an unknown field, or data, a name, an id or a retry that cannot be sent.
 * @example
 * ```ts
 * import { createHub, message } from '@pushwire/core';
 *
 * const started = message({ build: 7 }, { event: 'started' });
 * await createHub().channel('builds').publish(started);
 * async function* builds() {
 *   yield started;
 * }
 * ```
 */
export function message<Data, Name extends string = 'message'>(
  data: Data,
  fields?: MessageFields<Name>,
): OutgoingMessage<Name, Data> {
  const { event, id, retry } = checkOptions<MessageFields<Name>>('message', fields, fieldChecks);
  if (OutgoingMessage.isMessage(data)) throw misuse('message data', 'data, which is in no message yet', data);
  if (event !== undefined) checkEvent(event);
  if (id !== undefined) checkId(id);
  if (retry !== undefined) checkRetry(retry);
  return new OutgoingMessage(data, event, id, retry);
}

/**
 * Reads the fields of a message that is sent to one client: those of `message()`, or those beside
 * the data.
 *
 * @throws TypeError for an unknown field, or fields beside `message()`.
 */
export function readFields(data: unknown, fields: MessageFields | undefined): MessageFields {
  if (!OutgoingMessage.isMessage(data)) {
    refuseFieldsInData(data);
    return checkOptions<MessageFields>('send', fields, fieldChecks);
  }
  if (fields !== undefined) throw misuse('send fields', 'none beside message(), which has its own', fields);
  return data as MessageFields;
}

/**
 * Reads the arguments of `connection.send()`: data and options, or a message of `message()`.
 *
 * @throws TypeError for data, options or a message that cannot be sent this way.
 */
export function messageFrom(data: unknown, options: SendOptions | undefined): Message {
  return messageOf(data, checkSendOptions(options).event);
}

/**
 * Reads the arguments of `channel.publish()`.
 *
 * @throws TypeError for data, options or a message that cannot be published.
 */
export function publishedFrom(data: unknown, options: PublishOptions | undefined): Message {
  const { event, except } = checkPublishOptions(options);
  const message = messageOf(data, event);
  return except === undefined ? message : { ...message, except: ownText(except) };
}

/**
 * Reads the arguments of `channel.publishAll()`.
 *
 * @throws TypeError for no array, or for what {@link publishedFrom} refuses.
 */
export function allPublishedFrom(messages: readonly unknown[], options: PublishOptions | undefined): Message[] {
  if (!Array.isArray(messages)) throw misuse('publishAll', 'an array of data or of message()', messages);
  return messages.map((data) => publishedFrom(data, options));
}

function messageOf(data: unknown, event: string | undefined): Message {
  if (!OutgoingMessage.isMessage(data)) {
    refuseFieldsInData(data);
    return createMessage(data, event);
  }
  if (event !== undefined) throw misuse('publish option event', 'none beside message(), which has its own', event);
  if (data.id !== undefined) throw misuse('message id', 'none, since only a generator chooses its ids', data.id);
  if (data.retry !== undefined) throw misuse('message retry', 'none, since only a generator sets it', data.retry);
  return createMessage(data.data, data.event);
}

/**
 * Refuses `{ event, data }`, the items of a source. It would reach clients as data, under the name
 * `message`.
 *
 * @throws TypeError for an object that has an event, data, and no other properties than a message.
 */
function refuseFieldsInData(data: unknown): void {
  if (typeof data !== 'object' || data === null || !('event' in data && 'data' in data)) return;
  if (typeof data.event !== 'string' || !Object.keys(data).every((name) => itemFields.includes(name))) return;
  const way = 'give the event in the options, as in (data, { event })';
  throw misuse('data', `data without an event in it; ${way}, or message() around an object that is meant so`, data);
}

/** Properties of an item that a source yields. */
const itemFields = ['event', 'data', 'id', 'retry'];

/**
 * Characters that a header or a URL changes: HTTP strips spaces at the ends, Node refuses control
 * characters, and a lone surrogate becomes U+FFFD.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an id must not contain these
const changedByHttp = /[\x00-\x1f\x7f\p{Surrogate}]|^ | $/u;

/**
 * Checks that a client can send an id back, in a header and in a URL.
 *
 * @throws TypeError for an id that cannot be sent or does not come back as it was, or that is
 * reserved for the end of a stream or its beginning.
 */
export function checkId(id: unknown): void {
  checkOneLine('id', id);
  if (changedByHttp.test(id)) {
    throw misuse('id', 'a string without control characters, lone surrogates, or spaces at its ends', id);
  }
  const bytes = encodeURIComponent(id).length;
  if (bytes > maxCursorLength) {
    throw misuse('id', `a string of at most ${maxCursorLength} bytes in a URL, not ${bytes}`, id);
  }
  if (id === finishedCursor || id === startCursor) {
    throw misuse('id', `another id than the reserved ${finishedCursor} and ${startCursor}`, id);
  }
}
