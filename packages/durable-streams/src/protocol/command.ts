import type { Message } from '@pushwire/core/backplanes';
import type { Lifetime } from './lifetime';
import type { ProducerStep } from './producer';

/** Creates a stream, with the first of its content. */
export interface Create extends Lifetime {
  readonly kind: 'create';
  /** The time of the command, in ms, by the clock of the process that gave it. */
  readonly at: number;
  readonly type: string;
  readonly closed?: true;
}

/** The fields of a command to a stream that is there. */
interface ToStream {
  readonly at: number;
  /** The life of the stream that the command is for. Another stream of this name refuses it. */
  readonly life: string;
}

/** Appends content, or closes the stream, or both. */
export interface Append extends ToStream {
  readonly kind: 'append';
  readonly producer?: ProducerStep;
  /** The `Stream-Seq` of the writer. */
  readonly seq?: string;
  readonly closes?: true;
}

/** Notes that the stream was read, so that its TTL begins anew. */
export interface Touch extends ToStream {
  readonly kind: 'touch';
}

/** Deletes the stream. With `expired`, only if it has expired. */
export interface Delete extends ToStream {
  readonly kind: 'delete';
  readonly expired?: true;
}

/**
 * An entry of a stream's log. All processes read the commands in the same order and judge them in
 * the same way, so that a command is decided by its place in the log, and by nothing else.
 */
export type Command = Create | Append | Touch | Delete;

const kinds: readonly string[] = ['create', 'append', 'touch', 'delete'] satisfies Command['kind'][];

const noContent = new Uint8Array();

/**
 * Makes the message of a command: its kind and fields stand in the event's name, and its content is
 * the body. Text stays text, since a backplane may need more bytes for bytes.
 */
export function encodeCommand({ kind, ...fields }: Command, content: Content = noContent): Message {
  const event = `${kind} ${JSON.stringify(fields)}`;
  const size = Buffer.byteLength(event) + sizeOf(content);
  return typeof content === 'string'
    ? { kind: 'text', event, size, body: content }
    : { kind: 'binary', event, size, body: content };
}

/** The content of an append: text, or bytes that are no text. */
export type Content = string | Uint8Array;

/** @returns `undefined` for a message that is no command. */
export function decodeCommand({ event = '' }: Message): Command | undefined {
  const space = event.indexOf(' ');
  const kind = event.slice(0, space);
  return kinds.includes(kind) ? { ...JSON.parse(event.slice(space + 1)), kind } : undefined;
}

/** The content's number of bytes. */
export function sizeOf(content: Content): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}
