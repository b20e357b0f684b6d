import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import { checkEvent, checkOneLine, checkRetry } from './message';

/** Fields of a message beside its data. */
export interface MessageFields<Name extends string = string> {
  /**
   * The event's name. It must not contain CR, LF or NUL, or begin with the reserved `pushwire:`.
   */
  event?: Name;
  /**
   * The id that a client sends back as `lastEventId`, for generators only: a channel numbers its
   * messages itself. It must not contain CR, LF or NUL.
   */
  id?: string;
  /** Milliseconds that the client waits before it reconnects, for generators only. */
  retry?: number;
}

/** A message made by {@link message}. */
export class OutgoingMessage<Name extends string = string, Data = unknown> {
  /** @internal */
  constructor(
    readonly data: Data,
    readonly event: Name | undefined,
    readonly id: string | undefined,
    readonly retry: number | undefined,
  ) {}
}

const fieldChecks = {
  event: () => undefined,
  id: () => undefined,
  retry: () => undefined,
};

/**
 * Makes a message that an app can pass to `channel.publish()` or yield from a generator.
 *
 * @throws TypeError for an unknown field, or a name, id or retry that cannot be sent.
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
  if (event !== undefined) checkEvent(event);
  if (id !== undefined) checkOneLine('id', id);
  if (retry !== undefined) checkRetry(retry);
  return new OutgoingMessage(data, event, id, retry);
}

/** @throws TypeError for an id or a retry, which only a generator can give. */
export function checkPublishable({ id, retry }: OutgoingMessage): void {
  if (id !== undefined) throw misuse('publish id', 'none, since the channel numbers its messages', id);
  if (retry !== undefined) throw misuse('publish retry', 'none, since it is an option of the route', retry);
}
