import { createHash } from 'node:crypto';
import { badRequest } from '../checks/errors';

/** A place in one log: after the message `offset` of the log's life `epoch`. Offset 0 is before the first. */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

/** A position in a cursor over several channels: `tag` tells which of them ({@link channelTag}). */
export interface TaggedPosition extends Position {
  readonly tag?: string;
}

/**
 * What a client says of where it is: nothing (so it starts now), from the oldest message kept (`0`), or positions.
 */
export type Cursor = 'now' | 'oldest' | readonly TaggedPosition[];

/** What a client that saw the end of a one-off stream comes back with. A log has no such place: there it is no cursor. */
export const finishedCursor = 'end';

/** Characters of the longest cursor that is read; a longer one is refused with 400. */
export const maxCursorLength = 4096;

/** The most positions that fit a cursor of {@link maxCursorLength} with every part at its longest usual length. */
export const maxPositions = 100;

const separator = '~';
const roundMark = '!';

/** What tells two rounds of polling at one place apart, after the mark; digits of base 36. */
export function roundOf(text: string | undefined): string | undefined {
  return text?.split(roundMark)[1];
}

/** A cursor at the same place with another text, so that a cached answer to the last round cannot answer the next. */
export function withRound(cursor: string, round: string): string {
  return `${cursor}${roundMark}${round}`;
}

const roundPattern = /^[A-Za-z0-9]{1,16}$/;
const positionPattern = /^(?:([\w-]{6})\.)?([\w-]{1,16})\.(0|[1-9]\d{0,15})$/;

export function formatPosition({ epoch, offset }: Position): string {
  return `${epoch}.${offset}`;
}

/** One channel: `<epoch>.<offset>`. */
export function formatCursor(positions: readonly Position[], tags: readonly string[]): string {
  if (positions.length === 1) return formatPosition(positions[0] as Position);
  return positions.map((position, i) => `${tags[i]}.${formatPosition(position)}`).join(separator);
}

/**
 * Reads a cursor that came over the wire.
 *
 * @throws PushwireError `bad-request` when it is none that this protocol ever issued.
 */
export function parseCursor(text: string | undefined): Cursor {
  if (text === undefined || text === '' || text === finishedCursor) return 'now';
  if (text === '0') return 'oldest';
  if (text.length > maxCursorLength) {
    throw badRequest(`The cursor is longer than ${maxCursorLength} characters.`);
  }
  const [places = '', ...rounds] = text.split(roundMark);
  if (rounds.length > 1 || rounds.some((round) => !roundPattern.test(round))) throw malformed();
  const parts = places.split(separator);
  if (parts.length > maxPositions) {
    throw badRequest(`The cursor holds more than ${maxPositions} positions.`);
  }
  return parts.map((part): TaggedPosition => {
    const [, tag, epoch, digits] = positionPattern.exec(part) ?? [];
    const offset = Number(digits);
    if (epoch === undefined || !Number.isSafeInteger(offset)) {
      throw malformed();
    }
    return tag === undefined ? { epoch, offset } : { tag, epoch, offset };
  });
}

const malformed = () => badRequest('The cursor is malformed. Send it back as it came, or none to start from now.');

/**
 * The short name of a channel in a cursor over several. Two channels may share one: the epoch beside it still tells
 * them apart, so that a clash can cost a gap but never a silent skip.
 */
export function channelTag(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 6);
}
