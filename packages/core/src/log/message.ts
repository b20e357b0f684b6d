import { types } from 'node:util';
import { checkOptions } from '../checks/check-options';
import { misuse, PushwireError } from '../checks/errors';

/**
 * What is published, frozen at that moment: later changes to the object or buffer that was given do not reach it.
 * `id` is not here; the log gives each message an offset.
 */
export type Message = {
  /** The event's name; `undefined` is the default type, `message`. */
  readonly event: string | undefined;
  /** Bytes of body and name together, as the log counts them. */
  readonly size: number;
} & (
  | { readonly kind: 'text'; readonly body: string }
  /** `body` is JSON text. */
  | { readonly kind: 'json'; readonly body: string }
  | { readonly kind: 'binary'; readonly body: Uint8Array }
);

/** Options of one `publish`. */
export interface PublishOptions<Name extends string = string> {
  /** The event's name. No CR, LF or NUL, not empty, and not beginning with `pushwire:`, which is reserved. */
  event?: Name;
}

/** @throws TypeError for an unknown option or a bad event name. */
export function checkPublishOptions(options: PublishOptions | undefined): PublishOptions {
  return checkOptions<PublishOptions>('publish', options, { event: () => undefined });
}

/** Event names that begin so are the protocol's own. */
export const reservedPrefix = 'pushwire:';

const lineBreaking = /[\r\n\0]/;

/**
 * A value that will stand on one line of an event stream.
 *
 * @throws TypeError when it is no string or could end the line (CR, LF) or be dropped by a parser (NUL).
 */
export function checkOneLine(option: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || lineBreaking.test(value)) {
    throw misuse(option, 'a string without CR, LF or NUL', value);
  }
}

/** @throws TypeError for a name that cannot stand on one line, is empty, or is reserved. */
export function checkEvent(value: unknown): asserts value is string {
  checkOneLine('event', value);
  if (value === '') throw misuse('event', 'a name that is not empty', value);
  if (value.startsWith(reservedPrefix)) {
    throw misuse('event', `a name that does not begin with the reserved ${reservedPrefix}`, value);
  }
}

/** @throws TypeError for a reconnection time that is no integer from 0. */
export function checkRetry(value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw misuse('retry', 'an integer number of milliseconds from 0', value);
  }
}

/**
 * Makes a message of what an app gives: a string stays text, bytes (any `ArrayBuffer` or view) stay bytes, anything
 * else becomes JSON text.
 *
 * @throws TypeError for data that JSON cannot hold (a cycle, a BigInt, undefined, a function, NaN) or a bad event name.
 */
export function createMessage(data: unknown, event?: string): Message {
  if (event !== undefined) checkEvent(event);
  const nameSize = event === undefined ? 0 : Buffer.byteLength(event);
  if (typeof data === 'string') {
    return { kind: 'text', body: data, event, size: Buffer.byteLength(data) + nameSize };
  }
  const bytes = bytesOf(data);
  if (bytes !== undefined) {
    // A copy: the app may go on to use its buffer.
    return { kind: 'binary', body: Uint8Array.from(bytes), event, size: bytes.byteLength + nameSize };
  }
  const body = toJson(data);
  return { kind: 'json', body, event, size: Buffer.byteLength(body) + nameSize };
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // Not by `instanceof`: it may come from another realm.
  return types.isAnyArrayBuffer(data) ? new Uint8Array(data) : undefined;
}

function toJson(data: unknown): string {
  const wanted = 'a string, bytes, or a value that JSON can hold';
  if (typeof data === 'number' && !Number.isFinite(data)) throw misuse('data', wanted, data);
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    throw new TypeError(`data: expected ${wanted}, but ${(cause as Error).message}`, { cause });
  }
  if (json === undefined) throw misuse('data', wanted, data);
  return json;
}

/** The data as clients get it that know nothing of Pushwire: text as it is, a value as JSON text, bytes as base64. */
export function plainText(message: Message): string {
  if (message.kind !== 'binary') return message.body;
  const { buffer, byteOffset, byteLength } = message.body;
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

/** @throws PushwireError `message-too-large`. */
export function checkSize({ size }: Message, most: number): void {
  if (size <= most) return;
  throw new PushwireError(
    'message-too-large',
    `A message may have ${most} bytes (limits.messageBytes); this one has ${size}.`,
  );
}
