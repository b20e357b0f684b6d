/** One event as an EventSource would dispatch it. */
export interface ReceivedEvent {
  /** The event's name; `message` when the stream named none. */
  event: string;
  data: string;
  /** The last event id at that time. */
  id: string;
}

/** Parses a whole event stream after the HTML Standard (9.2.6), for assertions. A last block without its end is dropped. */
export function parseEventStream(text: string): ReceivedEvent[] {
  const events: ReceivedEvent[] = [];
  let data: string[] = [];
  let event = '';
  let id = '';
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  // What follows the last line end is no line yet.
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
