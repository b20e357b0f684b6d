import type { CloseReason } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import { createMessage, type Message } from '../log/message';

/** The connections that a command is about. */
interface Addressed {
  /** The key of their client. */
  readonly key: string;
  /** The `id` of a connection that it is not about. */
  readonly except?: string | undefined;
}

/** An act on the connections of a client, in each process that has some. */
export type ClientCommand = Addressed &
  (
    | { readonly act: 'send'; readonly message: Message }
    | { readonly act: 'disconnect'; readonly reason: CloseReason }
    | { readonly act: 'list' }
  );

/** A connection of a client, in whatever process it is. */
export interface ListedConnection {
  /** The connection's `id`, as its process knows it. */
  readonly id: string;
  readonly transport: TransportName;
  /** Names of the channels that it follows. */
  readonly channels: readonly string[];
  /** The time at which it was opened, in ms like those of `Date.now()`. */
  readonly since: number;
}

/** A command as the other processes get it. */
export interface Ask {
  /** Names the call that waits for answers. Absent where none does. */
  readonly call?: string | undefined;
  readonly command: ClientCommand;
}

/** The answer of one process to a call, or a part of it. */
export interface Answer {
  readonly call: string;
  /** Names the process. */
  readonly from: string;
  /** The connections that were found, or closed. */
  readonly connections: readonly ListedConnection[];
  /** True if another part follows. */
  readonly isPart?: boolean;
}

/** Makes the message by which others get a command. */
export function askMessage({ call, command }: Ask): Message {
  const message = command.act === 'send' ? textOf(command.message) : undefined;
  return createMessage({ ...command, message, call });
}

/** Reads the value of such a message. */
export function askFrom(value: unknown): Ask {
  const { call, message, ...command } = value as Ask & ClientCommand & { message?: MessageText };
  return { call, command: message ? { ...command, message: messageFrom(message) } : command } as Ask;
}

/** A message to clients as a part of a command. */
interface MessageText {
  readonly kind: Message['kind'];
  readonly event: string | undefined;
  /** Bytes are base64. */
  readonly body: string;
}

function textOf({ kind, event, body }: Message): MessageText {
  return { kind, event, body: typeof body === 'string' ? body : Buffer.from(body).toString('base64') };
}

function messageFrom({ kind, event, body }: MessageText): Message {
  const data = kind === 'binary' ? Buffer.from(body, 'base64') : kind === 'json' ? JSON.parse(body) : body;
  return createMessage(data, event);
}
