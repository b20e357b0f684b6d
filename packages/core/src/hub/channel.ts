import { formatPosition, type Position } from '../log/cursor';
import type { Hub } from './hub';
import { checkPublishOptions, checkSize, createMessage, type Message, type PublishOptions } from '../log/message';

/** Names of events, and what their data is; `message` stands for those without a name. */
export type AnyEvents = Record<string, unknown>;

/**
 * A named log that clients can be connected to. Channels are values: `hub.channel(name)` costs next to nothing, and two
 * channels of one hub with the same name are the same channel. What exists behind it is the backplane's.
 *
 * @typeParam Events what may be published, for TypeScript alone; share it with the client.
 */
export class Channel<Events = AnyEvents> {
  /** @internal Use `hub.channel(name)`. */
  constructor(
    /** The hub that this channel belongs to. */
    readonly hub: Hub,
    readonly name: string,
  ) {}

  /**
   * Appends a message to the log; every connection gets it as soon as the current turn of the event loop is over. A
   * string stays text, bytes stay bytes, anything else is kept as JSON text, as it is at this moment.
   *
   * @returns the message's cursor in this channel. On a connection to this channel alone it is the message's id.
   * @throws TypeError at once for data that JSON cannot hold or an event name that cannot be sent. The promise rejects
   * with a PushwireError: `channel-ended`, `hub-closed` or `message-too-large`; and where hubs are joined
   * `backplane-unavailable` (nothing was published) or `backplane-unconfirmed` (nobody knows whether it was).
   */
  publish<Name extends keyof Events & string = 'message' & keyof Events>(
    data: Events[Name],
    options?: PublishOptions<Name>,
  ): Promise<string> {
    const message = createMessage(data, checkPublishOptions(options).event);
    try {
      checkSize(message, this.hub.limits.messageBytes);
      const appended = this.hub.working().append(this.name, message);
      const published = (position: Position) => this.#published(position, message);
      return 'then' in appended ? appended.then(published) : Promise.resolve(published(appended));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #published(position: Position, { size }: Message): string {
    const id = formatPosition(position);
    this.hub.telemetry.published(this.name, id, size);
    return id;
  }

  /**
   * How many connections to this channel there are, in all processes that the backplane joins: each process says its number from
   * time to time, so that it is right to some seconds.
   */
  async connections(): Promise<number> {
    return this.hub.working().connectionsTo(this.name);
  }

  /**
   * Finishes the channel: its clients get what is left, then the end, and are told not to come back. A second time does
   * nothing. The promise rejects with a PushwireError `hub-closed` after the hub's `close()`.
   */
  async end(): Promise<void> {
    await this.hub.working().end(this.name);
  }
}
