import type { Outcome, Position } from '@pushwire/core/backplanes';

/** A message that the scripts publish on a channel's Pub/Sub channel. */
export type PubSubMessage =
  /** A message was appended at an offset. */
  | {
      readonly kind: 'message';
      readonly epoch: string;
      readonly offset: number;
      readonly text: string;
      /** The first message of a log says what was before. */
      readonly first?: { readonly quiet: string; readonly began: number };
    }
  /** The log has ended at an offset. The end of a run has an outcome. */
  | { readonly kind: 'end'; readonly epoch: string; readonly offset: number; readonly outcome?: Outcome }
  /** The log has begun a new life with a new epoch. */
  | { readonly kind: 'life'; readonly epoch: string; readonly offset: number }
  /** The log was deleted when its head was at an offset. */
  | { readonly kind: 'deleted'; readonly epoch: string; readonly offset: number }
  /** A message was appended at an offset, and has to be read. */
  | { readonly kind: 'news'; readonly epoch: string; readonly offset: number };

const pattern = /^([\w-]{1,16}) (\d{1,15}) /;
// A reason may have U+2028, at which a line ends for `.` without the flag.
const outcomePattern = /^end (\{.*\})$/s;
const firstPattern = /^first ([\da-f]+) (\d{1,15}) /;

/**
 * Parses `<epoch> <offset> <message>`, or `end`, `life`, `deleted` or `news` in the place of the
 * message. The first message of a log follows `first <quiet time> <time of its end>`. Returns
 * nothing for any other text. The end of a run is `end <outcome>`. Several messages are a JSON
 * array of their texts, and the offset is that of the last one.
 */
export function parsePubSubMessages(text: string): readonly PubSubMessage[] {
  const [head, epoch, digits] = pattern.exec(text) ?? [];
  if (head === undefined || epoch === undefined) return [];
  const [offset, rest] = [Number(digits), text.slice(head.length)];
  // An encoded message begins with another character than these words, and where it begins with a
  // letter, it contains a line feed.
  if (rest === 'end' || rest === 'life' || rest === 'deleted' || rest === 'news') {
    return [{ kind: rest, epoch, offset }];
  }
  const outcome = outcomePattern.exec(rest)?.[1];
  if (outcome !== undefined) return [{ kind: 'end', epoch, offset, outcome: JSON.parse(outcome) }];
  const [start, quiet, began] = firstPattern.exec(rest) ?? [];
  if (start === undefined || quiet === undefined) return messagesOf(rest, epoch, offset);
  const [message, ...others] = messagesOf(rest.slice(start.length), epoch, offset);
  return message ? [{ ...message, first: { quiet, began: Number(began) } }, ...others] : [];
}

function messagesOf(text: string, epoch: string, last: number) {
  const texts: readonly string[] = text.startsWith('[') ? JSON.parse(text) : [text];
  const before = last - texts.length;
  return texts.map((one, i) => ({ kind: 'message' as const, epoch, offset: before + i + 1, text: one }));
}

/** The text that tells a channel's subscribers to read up to a position. */
export const newsOf = ({ epoch, offset }: Position): string => `${epoch} ${offset} news`;
