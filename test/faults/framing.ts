import { parseEventStream } from '@pushwire/core/testing';
import type { Heard } from '../kit/readers';

/** Splits a transport's text into frames: `end` closes a frame, `read` parses it. */
export interface Framing {
  readonly end: string;
  read(piece: string): Heard | undefined;
}

const eventStream: Framing = {
  end: '\n\n',
  read(piece) {
    const [event] = parseEventStream(`${piece}\n\n`);
    if (event === undefined) return undefined;
    const { event: name, data, id } = event;
    return { id, data: JSON.parse(data), ...(name !== 'message' && { event: name }) };
  },
};

const jsonLines: Framing = {
  end: '\n',
  read: (piece) => (piece === '' ? undefined : JSON.parse(piece)),
};

const comet: Framing = {
  end: '</script>\n',
  read(piece) {
    const [, json] = /<script>_\((\{.*\})(?:,"[^"]*")?(?:,\d+)?\)$/s.exec(piece) ?? [];
    return json === undefined ? undefined : JSON.parse(json);
  },
};

/** The transports that stream their response. */
export const framings: Readonly<Record<string, Framing>> = { sse: eventStream, ndjson: jsonLines, comet };

/** Takes complete frames off the front of the received text and keeps an incomplete one. */
export class Framer {
  #rest = '';

  constructor(readonly framing: Framing) {}

  take(text: string): Heard[] {
    const pieces = (this.#rest + text).split(this.framing.end);
    this.#rest = pieces.pop() ?? '';
    return pieces.flatMap((piece) => this.framing.read(piece) ?? []);
  }
}
