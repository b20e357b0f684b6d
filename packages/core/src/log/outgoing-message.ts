import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { finishedCursor } from './cursor';
import {
  checkEvent,
  checkOneLine,
  checkPublishOptions,
  checkRetry,
  createMessage,
  type Message,
  type PublishOptions,
} from './message';

/** Fields of a message beside its data. */
export interface MessageFields<Name extends string = string> {
  /**
   * The event's name. It must not contain CR, LF or NUL, or begin with the reserved `pushwire:`.
   */
  event?: Name;
  /**
   * The id that a client sends back as `lastEventId`, for generators only: a channel numbers its
   * messages itself. It must not contain CR, LF or NUL, or be the reserved `end`.
   */
  id?: string;
  /** Milliseconds that the client waits before it reconnects, for generators only. */
  retry?: number;
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
 * Reads the arguments of `publish()` and `send()`: data and options, or a message of `message()`.
 *
 * @throws TypeError for data, options or a message that cannot be sent this way.
 */
export function messageFrom(data: unknown, options: PublishOptions | undefined): Message {
  const { event } = checkPublishOptions(options);
  if (!OutgoingMessage.isMessage(data)) return createMessage(data, event);
  if (event !== undefined) throw misuse('publish option event', 'none beside message(), which has its own', event);
  if (data.id !== undefined) throw misuse('message id', 'none, since only a generator chooses its ids', data.id);
  if (data.retry !== undefined) throw misuse('message retry', 'none, since only a generator sets it', data.retry);
  return createMessage(data.data, data.event);
}

/** @throws TypeError for an id that cannot be sent, or that is reserved for the end of a stream. */
export function checkId(id: unknown): void {
  checkOneLine('id', id);
  if (id === finishedCursor) throw misuse('id', `another id than the reserved ${finishedCursor}`, id);
}
