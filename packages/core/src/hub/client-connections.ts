import { checkOptions } from '../checks/check-options';
import { misuse } from '../checks/errors';
import type { ListedConnection } from '../clients/command';
import { shortKey } from '../clients/short-key';
import type { CloseReason } from '../delivery/close-reason';
import { checkReason } from '../delivery/named-connection';
import { aConnectionId, checkSize, type SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import type { Engine } from './engine';

/** Options of `hub.clients(key).send()`. */
export interface ClientSendOptions extends SendOptions {
  /** The `id` of a connection that does not get the message, such as its sender's. No default. */
  except?: string | undefined;
}

/** Options of `hub.clients(key).disconnect()`. */
export interface DisconnectOptions {
  /**
   * The reason that the clients are told. After `ended`, they do not come back; after any other
   * reason, they reconnect, and the app's middleware and `authorize` decide again. Defaults to
   * `forbidden`.
   */
  reason?: CloseReason | undefined;
  /** The `id` of a connection that stays, such as that of who asks for it. No default. */
  except?: string | undefined;
}

const sendChecks = { event: () => undefined, except: aConnectionId };

const aReason = (value: unknown) => {
  checkReason(value);
  return undefined;
};

/**
 * All connections of a client, in all processes: those for whose requests the hub's `clientKey` has
 * returned the key, and those that are present with it as their `id`.
 *
 * They are values: `hub.clients(key)` costs next to nothing.
 */
export class ClientConnections {
  readonly #engine: Engine;
  readonly #key: string;

  /** @internal Use `hub.clients(key)`. */
  constructor(
    engine: Engine,
    readonly key: string,
  ) {
    this.#engine = engine;
    this.#key = shortKey(key);
    // A backplane that does not know its processes is found here.
    engine.clients.check();
  }

  /**
   * Lists the connections, the oldest first. A client of polls is listed while a poll is held, and
   * where the route has hooks or `presence`, also between two polls.
   *
   * @throws PushwireError the promise rejects with `hub-closed` or `backplane-unavailable`, and
   * with `backplane-unconfirmed` if a process does not answer within 2000 ms. One that was killed
   * is waited for until its lease of 10000 ms is over. After Redis or the broker has lost all data,
   * connections of a process may be missing until it has told of itself again, 2000 ms after it
   * reaches them.
   */
  list(): Promise<readonly ListedConnection[]> {
    return this.#optional('list()', () => this.#engine.clients.ask({ act: 'list', key: this.#key }));
  }

  /**
   * Sends data, or a message of `message()`, to each of the connections, as `connection.send()`
   * does. No history keeps it for a client that is away: publish to a channel of the user's own
   * where that matters.
   *
   * @returns nothing. The promise settles when every process gets the message. Nothing needs to
   * await it.
   * @throws TypeError at once for data, options or an event name that cannot be sent.
   * @throws PushwireError the promise rejects with `message-too-large` or `hub-closed`. With a
   * backplane also with `backplane-unavailable` or `backplane-unconfirmed`.
   */
  send(data: unknown, options?: ClientSendOptions): Promise<void> {
    const { event, except } = checkOptions<ClientSendOptions>('send', options, sendChecks);
    const message = messageFrom(data, event === undefined ? undefined : { event });
    return this.#optional('send()', async () => {
      checkSize(message, this.#engine.maxMessageBytes);
      await this.#engine.clients.tell({ act: 'send', key: this.#key, except, message });
    });
  }

  /**
   * Closes the connections, and those whose requests are under way. It does not keep the client
   * from coming back: end the session first, so that the app's middleware or `authorize` refuses
   * it.
   *
   * A process that cannot reach the backplane closes them when it can again.
   *
   * @returns the number of connections that were closed, when every process has done so. After
   * Redis or the broker has lost all data, a process for which `list()` does not wait yet closes
   * them too, and they may be missing in the number.
   * @throws TypeError at once for an option that does not fit.
   * @throws PushwireError the promise rejects as that of `list()` does. Repeating it does no harm.
   * @example
   * ```ts
   * import { createHub } from '@pushwire/core';
   *
   * const hub = createHub();
   * async function logOutEverywhere(user: string) {
   *   // Your own sessions end first.
   *   await hub.clients(user).disconnect();
   * }
   * ```
   */
  disconnect(options?: DisconnectOptions): Promise<number> {
    const checked = checkOptions<DisconnectOptions>('disconnect', options, { reason: aReason, except: aConnectionId });
    const { reason = 'forbidden', except } = checked;
    return this.#optional('disconnect()', async () => {
      const closed = await this.#engine.clients.ask({ act: 'disconnect', key: this.#key, reason, except });
      return closed.length;
    });
  }

  #optional<T>(call: string, act: () => Promise<T>): Promise<T> {
    return this.#engine.unawaited.optional(call, act());
  }
}

const maxLength = 4096;

/** @throws TypeError for what no client has as its key. */
export function checkClientKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= maxLength) return;
  throw misuse('client key', `a string of 1 to ${maxLength} characters`, key);
}
