import { misuse } from '../checks/errors';
import type { Chunk } from '../encoders/chunk';
import type { Encoder } from '../encoders/encoder';
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
 * @throws TypeError for a value that is no {@link SourceMessage}.
 * @throws PushwireError `message-too-large`.
 */
export function encodeSourceMessage(value: unknown, encoder: Encoder, maxBytes: number): Chunk {
  if (typeof value !== 'object' || value === null || !('data' in value)) {
    throw misuse('source message', 'an object with data', value);
  }
  const { data, event, id, retry } = value as SourceMessage;
  if (id !== undefined) checkId(id);
  if (retry !== undefined) checkRetry(retry);
  const message = createMessage(data, event);
  checkSize(message, maxBytes);
  return encoder.message(message, id, retry);
}
