/** One event of an event stream. */
export interface StreamEvent {
  /** The event's type; `message` where the block names none. */
  readonly event: string;
  readonly data: string;
  /** The id of this block itself; `undefined` where it has none. */
  readonly id: string | undefined;
  /** The last id that the stream has set, in this block or before. */
  readonly lastEventId: string;
}

/** What a parser hands on. */
export interface StreamListener {
  event(event: StreamEvent): void;
  /** The reconnection time that the stream asks for, in ms. */
  retry(ms: number): void;
}

/**
 * Parses an event stream as its bytes come, wherever they are cut (HTML Standard, 9.2.6 "Interpreting an event stream").
 *
 * @param most characters that one event may have.
 * @returns a function that takes the next bytes, and throws a RangeError for a larger event.
 */
export function parseEventStream(listener: StreamListener, most: number): (bytes: Uint8Array) => void {
  // It strips a byte order mark at the beginning, and no other.
  const decoder = new TextDecoder();
  let rest = '';
  let endedInCr = false;
  let event = '';
  let data = '';
  let id: string | undefined;
  let lastEventId = '';

  const field = (name: string, value: string) => {
    if (name === 'event') event = value;
    else if (name === 'data') data += `${value}\n`;
    else if (name === 'id') {
      if (!value.includes('\0')) lastEventId = id = value;
    } else if (name === 'retry' && /^\d+$/.test(value)) listener.retry(+value);
  };

  const dispatch = () => {
    // An event without data is none, but its id counts.
    if (data) listener.event({ event: event || 'message', data: data.slice(0, -1), id, lastEventId });
    event = data = '';
    id = undefined;
  };

  const line = (text: string) => {
    const colon = text.indexOf(':');
    if (text === '') dispatch();
    else if (colon < 0) field(text, '');
    else if (colon > 0) field(text.slice(0, colon), text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1));
  };

  return (bytes) => {
    let text = decoder.decode(bytes, { stream: true });
    if (text === '') return;
    if (endedInCr && text[0] === '\n') text = text.slice(1);
    endedInCr = text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/);
    lines[0] = rest + lines[0];
    rest = lines.pop() as string;
    for (const each of lines) {
      line(each);
      if (data.length > most) break;
    }
    if (rest.length + data.length > most) throw new RangeError(`an event of more than ${most} characters`);
  };
}
