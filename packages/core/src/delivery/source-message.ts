import { misuse } from '../checks/errors';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
import { ChannelGap } from '../log/channel-gap';
import { isBytes } from '../log/json-text';
import { checkRetry, checkSize, createMessage } from '../log/message';
import { checkId } from '../log/outgoing-message';

/** One message of an async generator. */
export interface SourceMessage {
  /** A string is sent as text, bytes as base64, and any other value as JSON text. */
  data: unknown;
  /** The event's name. No CR, LF or NUL; `pushwire:`, `error` and `open` are reserved. */
  event?: string | undefined;
  /**
   * The id that a client sends back when it reconnects (`lastEventId`). At most 4096 bytes, encoded
   * as in a URL; no control characters, and no spaces at its ends.
   */
  id?: string | undefined;
  /** Milliseconds that the client should wait before it reconnects. An integer. */
  retry?: number | undefined;
}

/**
 * An item of a one-off source: a message; a string or bytes, which stand for a message of them
 * alone; or an item of `channel.read()`.
 */
export type SourceItem = SourceMessage | string | ArrayBuffer | ArrayBufferView | ChannelGap;

const wanted = 'a string, bytes, or an object with data';

/**
 * @throws TypeError for a value that is no {@link SourceItem}.
 * @throws PushwireError `message-too-large`.
 */
export function encodeSourceItem(value: unknown, encoder: Encoder, maxBytes: number): Chunk {
  if (ChannelGap.isGap(value)) return encodeGap(value, encoder);
  const { data, event, id, retry } = messageOf(value);
  if (id !== undefined) checkId(id);
  if (retry !== undefined) checkRetry(retry);
  const message = createMessage(data, event);
  checkSize(message, maxBytes);
  return encoder.message(message, id, retry);
}

/** @throws TypeError for a value that is neither text nor bytes nor an object with data. */
export function messageOf(value: unknown): SourceMessage {
  if (typeof value === 'string' || isBytes(value)) return { data: value };
  if (typeof value !== 'object' || value === null || !('data' in value)) throw misuse('source message', wanted, value);
  return value as SourceMessage;
}

function encodeGap({ gap }: ChannelGap, encoder: Encoder): Chunk {
  return encoder.batch({ gap, messages: [], cursors: [], positions: [], cursor: gap.cursor, more: true, ended: false });
}
