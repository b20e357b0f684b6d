import type { Origin } from './start';

/**
 * A place in one log: after the message with this offset. Offset 0 is before the first message. The
 * epoch names one life of the log, since offsets start again in the next.
 */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** A position in a cursor over several channels. `tag` stands for the name of its channel. */
export interface TaggedPosition extends Position {
  readonly tag?: string;
}

/** A place in the life that a log has: after so many messages. */
export interface Offset {
  readonly after: number;
}

/** A client's place: positions, the oldest message that is kept (`0`), or the route's start. */
export type Cursor = Origin | Offset | readonly TaggedPosition[];

/** The cursor after the end of a generator's stream. For a log, it is the same as no cursor. */
export const finishedCursor = 'end';

/**
 * The cursor of a client that has no place yet, since the snapshot in front of its messages is not
 * complete. It is the same as no cursor, so that the client gets the snapshot again.
 */
export const startCursor = 'start';

/** The id that an app gets for a client's cursor: one of its own, or none. */
export const lastEventIdOf = (cursor: string | undefined): string | undefined =>
  cursor === startCursor ? undefined : cursor;

/** The most characters of a cursor. A request with a longer one is refused. */
export const maxCursorLength = 4096;

/**
 * The epoch of a position that another server or an app gave to the client. No log has it, so each
 * log that is read from such a position tells a gap.
 */
export const foreignEpoch = '-';

/** The position that stands for all that another server or an app has named. */
export const foreign: TaggedPosition = { epoch: foreignEpoch, offset: 0 };

/** The most positions in a cursor, so that it fits into {@link maxCursorLength} characters. */
export const maxPositions = 100;

const separator = '~';
const roundMark = '!';

/** Returns a cursor without its round. */
export function placeOf(text: string | undefined): string | undefined {
  const mark = text === undefined ? -1 : text.indexOf(roundMark);
  return mark < 0 ? text : text?.slice(0, mark);
}

/** Returns the round of a poll's cursor, in base 36. It tells polls at the same place apart. */
export function roundOf(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes(roundMark)) return undefined;
  return text.split(roundMark)[1];
}

/**
 * Adds a round to a cursor. The place stays the same, but the text differs, so that a cached answer
 * to the last poll is not used for the next one.
 */
export function withRound(cursor: string, round: string): string {
  return `${cursor}${roundMark}${round}`;
}

/** The round of a cursor whose client was told of the end of a run. Rounds of polls are times. */
const endRound = 'end';

/**
 * Marks the cursor that the end of a run has. Another client at this place, which was cut off after
 * the last message, still has to be told how the run has ended.
 */
export const withEnd = (cursor: string): string => withRound(cursor, endRound);

/** True for a client that was told of the end of a run. */
export const wasToldOfEnd = (text: string | undefined): boolean => roundOf(text) === endRound;

const roundPattern = /^[A-Za-z0-9]{1,16}$/;
const positionPattern = /^(?:([\w-]{6}(?:[\w-]{2})?)\.)?([\w-]{1,16})\.(0|[1-9]\d{0,15})$/;

export function formatPosition({ epoch, offset }: Position): string {
  return `${epoch}.${offset}`;
}

/** Formats positions as a cursor. The cursor of one channel is `<epoch>.<offset>`. */
export function formatCursor(positions: readonly Position[], tags: readonly string[]): string {
  if (positions.length === 1) return formatPosition(positions[0] as Position);
  return positions.map((position, i) => `${tags[i]}.${formatPosition(position)}`).join(separator);
}

/** Names the channel of each position, even if there is only one. */
export function withTags(positions: readonly Position[], tags: readonly string[]): readonly TaggedPosition[] {
  return positions.map((position, i) => ({ ...position, tag: tags[i] as string }));
}

/** True if a client has no place: it begins where the route starts. */
export function isWithoutPlace(text: string | undefined): text is undefined | '' | 'end' | 'start' {
  return text === undefined || text === '' || text === finishedCursor || text === startCursor;
}

/**
 * Parses a cursor that a client sent. A text that is no cursor of this protocol, or a part of one,
 * becomes a position of {@link foreignEpoch}: the client is told of a gap instead of being refused,
 * since a status stops a native EventSource for good.
 *
 * @param start the place where a client without a cursor begins. Defaults to `now`.
 */
export function parseCursor(text: string | undefined, start: Origin = 'now'): Cursor {
  if (isWithoutPlace(text)) return start;
  // The oldest message of a run is its first.
  if (text === '0') return start === 'beginning' ? start : 'oldest';
  const [places = '', ...rounds] = text.split(roundMark);
  if (rounds.length > 1 || rounds.some((round) => !roundPattern.test(round))) return [foreign];
  const parts = places.split(separator, maxPositions + 1);
  return parts.length > maxPositions ? [foreign] : parts.map(parsePosition);
}

/** Formats the positions of a client as it sent them, so that it keeps its cursor. */
export function formatTagged(positions: readonly TaggedPosition[]): string {
  return positions
    .map(({ tag, ...position }) => (tag === undefined ? '' : `${tag}.`) + formatPosition(position))
    .join(separator);
}

function parsePosition(text: string): TaggedPosition {
  const [, tag, epoch, digits] = positionPattern.exec(text) ?? [];
  const offset = Number(digits);
  if (epoch === undefined || !Number.isSafeInteger(offset)) return foreign;
  return tag === undefined ? { epoch, offset } : { tag, epoch, offset };
}
