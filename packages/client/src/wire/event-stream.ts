import { PushwireError } from './error.js';

/** One event of an event stream. */
export interface StreamEvent {
  /** The event's type, or `message` when the block names none. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has set, in this block or before it. */
  readonly id: string | undefined;
}

/**
 * Parses an event stream as its bytes come, at whatever place they are split (HTML Standard, 9.2.6
 * "Interpreting an event stream"). The field `retry` is ignored because `pushwire:open` repeats it.
 *
 * @param maxLength characters that one event may have.
 * @returns a function that takes the next bytes.
 * @throws {PushwireError} `too-large` for an event that exceeds `maxLength`.
 */
export function parseEventStream(
  onEvent: (event: StreamEvent) => void,
  maxLength: number,
): (bytes: Uint8Array) => void {
  // The decoder strips a byte order mark at the beginning, and no other.
  const decoder = new TextDecoder();
  let rest = '';
  let endedInCr = false;
  let event = '';
  let data = '';
  let id: string | undefined;

  const onLine = (line: string) => {
    const [, name, value = ''] = /^([^:]*):? ?(.*)/s.exec(line) as unknown as [string, string, string];
    if (line === '') {
      // A block without data is not an event.
      if (data) onEvent({ event: event || 'message', data: data.slice(0, -1), id });
      event = data = '';
    } else if (name === 'data') data += `${value}\n`;
    else if (name === 'event') event = value;
    else if (name === 'id' && !value.includes('\0')) id = value;
  };

  return (bytes) => {
    const text = decoder.decode(bytes, { stream: true });
    const lines = text.slice(endedInCr && text[0] === '\n' ? 1 : 0).split(/\r\n|\r|\n/);
    if (text) endedInCr = text.endsWith('\r');
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    for (const line of lines) onLine(line);
    if (rest.length + data.length > maxLength) throw new PushwireError('too-large');
  };
}
