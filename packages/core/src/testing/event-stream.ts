/** An event, as an EventSource would dispatch it. */
export interface ReceivedEvent {
  /** The event's name. `message` for an event without a name. */
  event: string;
  data: string;
  /** The last id of the stream so far, or an empty string. */
  id: string;
}

/**
 * Parses a whole event stream (HTML Standard, 9.2.6). An event whose block has not ended is left
 * out.
 *
 * @example
 * ```ts
 * import { parseEventStream } from '@pushwire/core/testing';
 *
 * const [event] = parseEventStream('event: tick\nid: 7\ndata: 1\n\n');
 * console.log(event); // { event: 'tick', data: '1', id: '7' }
 * ```
 */
export function parseEventStream(text: string): ReceivedEvent[] {
  const events: ReceivedEvent[] = [];
  let data: string[] = [];
  let event = '';
  let id = '';
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  // The text after the last line break is not a line yet.
  for (const line of lines.slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push({ event: event || 'message', data: data.join('\n'), id });
      data = [];
      event = '';
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
  return events;
}
