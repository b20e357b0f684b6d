import { checkOptions, milliseconds } from '../checks/check-options';
import { misuse, PushwireError } from '../checks/errors';
import { isBytes, toJson } from './json-text';
import { type WriteOptions, writeOptionChecks } from './write-conditions';

/**
 * A published message. Later changes to the published object or buffer don't affect it. It has no
 * id: the log gives it an offset.
 */
export type Message = {
  /** The event's name. `undefined` stands for the default, `message`. */
  readonly event: string | undefined;
  /** The bytes of body and event name, as the log counts them. */
  readonly size: number;
  /** The `id` of the connection that does not get it. Absent where all do. */
  readonly except?: string;
  /** The key of a state whose value it is. Absent for messages of channels and runs. */
  readonly key?: string;
  /** True if it deletes its key. */
  readonly isDeletion?: true;
} & (
  | { readonly kind: 'text'; readonly body: string }
  /** `body` is JSON text. */
  | { readonly kind: 'json'; readonly body: string }
  | { readonly kind: 'binary'; readonly body: Uint8Array }
);

/** Options of one `publish`. */
export interface SendOptions<Name extends string = string> {
  /**
   * The event's name. It must not be empty, contain CR, LF or NUL, begin with the reserved
   * `pushwire:`, or be `error` or `open`, which an EventSource takes for its own. Defaults to
   * `message`.
   */
  event?: Name;
}

/** Options of `channel.publish()`. */
export interface PublishOptions<Name extends string = string> extends SendOptions<Name>, WriteOptions {
  /**
   * The `id` of a connection that does not get the message, such as that of its sender, in whatever
   * process it is. The others on the channel get it, and so do loops of `channel.read()`. No
   * default.
   */
  except?: string | undefined;
}

const noCheck = () => undefined;

/** @throws TypeError for an unknown option. */
export function checkSendOptions(options: SendOptions | undefined): SendOptions {
  return checkOptions<SendOptions>('send', options, { event: noCheck });
}

/** @throws TypeError for an unknown option, or a value that is no `id` of a connection. */
export function checkPublishOptions(options: PublishOptions | undefined): PublishOptions {
  return checkOptions<PublishOptions>('publish', options, publishChecks);
}

const idPattern = /^[\w-]{12}$/;

/** Checks an option that is the `id` of a connection. */
export function aConnectionId(value: unknown): string | undefined {
  return typeof value === 'string' && idPattern.test(value) ? undefined : 'the id of a connection';
}

const publishChecks = { event: noCheck, except: aConnectionId, ...writeOptionChecks };

/** The shortest piece of a text that V8 makes as a view. It copies shorter ones. */
const minViewLength = 13;

/** The prefix of the protocol's own event names. */
export const reservedPrefix = 'pushwire:';

/**
 * Names of events that an EventSource fires itself. A message with such a name would call the
 * page's handlers for a lost or opened connection.
 */
const ownEventsOfEventSource = ['error', 'open'];

/** A parser ends the line at CR and LF, and ignores an id with NUL. */
const forbidden = /[\r\n\0]/;

/**
 * Checks a value that is written on one line of an event stream.
 *
 * @throws TypeError for a value that is no string, or that contains CR, LF or NUL.
 */
export function checkOneLine(option: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || forbidden.test(value)) {
    throw misuse(option, 'a string without CR, LF or NUL', value);
  }
}

/** @throws TypeError for a name that is empty, reserved, not on one line, or `error` or `open`. */
export function checkEvent(value: unknown): asserts value is string {
  checkOneLine('event', value);
  if (value === '') throw misuse('event', 'a name that is not empty', value);
  if (value.startsWith(reservedPrefix)) {
    throw misuse('event', `a name that does not begin with the reserved ${reservedPrefix}`, value);
  }
  if (ownEventsOfEventSource.includes(value)) {
    throw misuse('event', 'a name that an EventSource does not fire itself, as it does error and open', value);
  }
}

const retryCheck = milliseconds(0);

/** @throws TypeError for a reconnection time that is no integer, or that a timer cannot wait. */
export function checkRetry(value: unknown): asserts value is number {
  const wanted = retryCheck(value);
  if (wanted !== undefined) throw misuse('retry', wanted, value);
}

/**
 * Makes a message of an app's data. A string stays text, bytes (an `ArrayBuffer` or a view of one)
 * stay bytes, and any other value becomes JSON text.
 *
 * @throws TypeError for data that JSON cannot hold (a cycle, a BigInt, undefined, a function, NaN)
 * or would leave empty (a promise, a Map, a Set, an Error), or for an event name that cannot be
 * sent.
 */
export function createMessage(data: unknown, eventName?: string): Message {
  if (eventName !== undefined) checkEvent(eventName);
  const event = eventName === undefined ? undefined : ownText(eventName);
  const nameSize = event === undefined ? 0 : Buffer.byteLength(event);
  if (typeof data === 'string') {
    return { kind: 'text', body: ownText(data), event, size: Buffer.byteLength(data) + nameSize };
  }
  const bytes = bytesOf(data);
  if (bytes !== undefined) {
    // Copied, since the app may reuse its buffer.
    return { kind: 'binary', body: Uint8Array.from(bytes), event, size: bytes.byteLength + nameSize };
  }
  const body = toJson(data);
  return { kind: 'json', body, event, size: Buffer.byteLength(body) + nameSize };
}

/**
 * Copies a text that is kept for long. V8 makes a piece of a text as a view of the whole, so that a
 * few characters of a URL or a body would keep all of it in memory.
 */
export function ownText(text: string): string {
  // The concatenation is written to memory of its own before it is cut.
  return text.length < minViewLength ? text : `${text}\0`.slice(0, -1);
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (!isBytes(data)) return undefined;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/**
 * Returns the data as clients without `pushwire.v1` get it: text unchanged, values as JSON text,
 * bytes as base64, and a value of a state together with its key.
 */
export function plainText(message: Message): string {
  if (message.key !== undefined) return `{${keyFields(message)}}`;
  if (message.kind !== 'binary') return message.body;
  const { buffer, byteOffset, byteLength } = message.body;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** The fields of a value of a state, or of its deletion, as JSON text. */
export function keyFields({ key, isDeletion, body }: Message): string {
  return `"key":${JSON.stringify(key)},${isDeletion ? '"deleted":true' : `"data":${body}`}`;
}

/** @throws PushwireError `message-too-large`. */
export function checkSize({ size }: Pick<Message, 'size'>, maxBytes: number): void {
  if (size <= maxBytes) return;
  throw new PushwireError(
    'message-too-large',
    `A message may have at most ${maxBytes} bytes (limits.messageBytes), but this one has ${size}.`,
  );
}
