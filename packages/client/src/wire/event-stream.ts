import { checkLength } from './error.js';

/** One block of an event stream of `pushwire.v1`. */
export interface StreamEvent {
  /** The frame, as JSON text. */
  readonly data: string;
  /** The last id that the stream has set, in this block or before it. */
  readonly id: string | undefined;
}

/**
 * Parses an event stream of `pushwire.v1` as its text comes, at whatever place they are split. Each
 * of its blocks has one line of data, which its id precedes (PROTOCOL.md, section 4.2). The field
 * `retry` is ignored because `pushwire:open` repeats it.
 *
 * @param maxLength characters that one line may have.
 * @returns a function that takes the next text.
 * @throws {PushwireError} `too-large` for a line that exceeds `maxLength`.
 */
export function parseEventStream(onEvent: (event: StreamEvent) => void, maxLength: number): (text: string) => void {
  let rest = '';
  let id: string | undefined;

  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() as string;
    for (const line of lines) {
      const [, name, value] = /^(\w+): ?(.*)/s.exec(line) ?? [];
      if (name === 'id') id = value;
      if (name === 'data') onEvent({ data: value as string, id });
    }
    checkLength(rest, maxLength);
  };
}
