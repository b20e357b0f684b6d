import fc from 'fast-check';

/** All kinds of messages that an app may publish. */
export interface Published {
  readonly data: unknown;
  readonly event: string | undefined;
}

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('a', ' ', ':', '\r', '\n', '\r\n', '\0', '\uFEFF', '\u2028', '€', '🙂', '</script>'),
  }),
);

/** Event names that a page can listen to. `open` and `error` would clash with EventSource's own. */
const event = fc.constantFrom(undefined, 'tick', 'é€🙂', 'a b', ' :x: ', 'id', 'data');

export const published: fc.Arbitrary<Published> = fc.record({ data: fc.oneof(text, fc.jsonValue()), event });

/** The text a plain client gets: strings with LF line ends and U+FFFD, anything else as JSON. */
export function received({ data, event }: Published): { data: string; event: string } {
  const shown = typeof data === 'string' ? data.replace(/\r\n|\r|\n/g, '\n') : JSON.stringify(data);
  return { data: Buffer.from(shown).toString(), event: event ?? 'message' };
}
