import { misuse } from '../checks/errors';
import type { TransportName } from '../encoders/transport-name';
import { checkSize, type SendOptions } from '../log/message';
import { messageFrom } from '../log/outgoing-message';
import { type CloseReason, closeReasons } from './close-reason';
import type { Connection } from './connection';
import type { PublicConnection } from './public-connection';

/** A connection as an app sees it. It is made on demand, so that an idle connection has none. */
export class NamedConnection implements PublicConnection {
  data: unknown;
  readonly #connection: Connection;
  #id: string | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get id(): string {
    this.#id ??= this.#connection.host.identify(this.#connection);
    return this.#id;
  }

  get transport(): TransportName {
    return this.#connection.transport;
  }

  get channels(): readonly string[] {
    return this.#connection.channels;
  }

  get since(): number {
    return this.#connection.since;
  }

  get reason(): CloseReason | undefined {
    return this.#connection.reason;
  }

  get closed(): Promise<CloseReason> {
    return this.#connection.closed;
  }

  send(data: unknown, options?: SendOptions): boolean {
    const message = messageFrom(data, options);
    checkSize(message, this.#connection.host.maxMessageBytes);
    return this.#connection.sendAlone(message);
  }

  ready(): Promise<void> {
    return this.#connection.ready();
  }

  close(reason: CloseReason = 'ended'): void {
    checkReason(reason);
    this.#connection.flush();
    this.#connection.close(reason);
  }
}

/** Returns the object that stands for a connection in the app. It is always the same. */
export function publicConnection(connection: Connection): PublicConnection {
  connection.named ??= new NamedConnection(connection);
  return connection.named;
}

/** @throws TypeError for a value that is no reason. */
export function checkReason(reason: unknown): asserts reason is CloseReason {
  if (typeof reason === 'string' && Object.hasOwn(closeReasons, reason)) return;
  throw misuse('close reason', `one of ${Object.keys(closeReasons).join(', ')}`, reason);
}
