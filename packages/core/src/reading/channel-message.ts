import type { ChannelGap } from '../log/channel-gap';
import { formatPosition } from '../log/cursor';
import type { Entry } from '../log/entry';
import type { AnyEvents, EventName } from '../log/event-names';
import type { Message } from '../log/message';

/** A message of a channel that is read in the process, as it was published. */
export type ChannelMessage<Events = AnyEvents> = {
  [Name in EventName<Events>]: {
    /** The message's id, which `publish()` has returned. Reading can continue after it (`from`). */
    readonly id: string;
    /** The event's name. `undefined` where the publisher gave none. */
    readonly event: 'message' extends Name ? Name | undefined : Name;
    /** The data: text, bytes, or a value that was JSON in between. Each reader has its own copy. */
    readonly data: Events[Name];
    readonly gap?: undefined;
  };
}[EventName<Events>];

/** An item of `channel.read()`: a message, or a gap in the place of messages that were lost. */
export type ReadItem<Events = AnyEvents> = ChannelMessage<Events> | ChannelGap;

/** Makes the item for an entry of a log. */
export function channelMessage(epoch: string, { offset, message }: Entry): ChannelMessage {
  return { id: formatPosition({ epoch, offset }), event: message.event, data: dataOf(message) };
}

/** A reader may change what it gets, so nothing of it belongs to the log. */
export function dataOf(message: Message): unknown {
  if (message.kind === 'json') return JSON.parse(message.body);
  return message.kind === 'text' ? message.body : Uint8Array.from(message.body);
}
