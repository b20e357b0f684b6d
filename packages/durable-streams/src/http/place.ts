import { endsInCharacter } from '../protocol/characters';
import type { Content } from '../protocol/command';
import { isJson } from '../protocol/content-type';
import { arrayOf } from '../protocol/json-messages';
import { formatOffset, type Place, parsePlace } from '../protocol/offset';
import type { StreamState } from '../protocol/stream-state';
import type { Exchange } from './exchange';
import { Refusal } from './refusal';

/** The ways to read a stream. */
export type ReadMode = 'catch-up' | 'long-poll' | 'sse';

/** The wishes of a GET. */
export interface Wanted {
  readonly mode: ReadMode;
  readonly place: Place;
}

/** @throws Refusal for parameters that are malformed. Unknown ones are ignored. */
export function wantedOf(query: URLSearchParams): Wanted {
  const [offsets, live] = [query.getAll('offset'), query.get('live')];
  if (live !== null && live !== 'long-poll' && live !== 'sse') throw new Refusal(400, 'live is long-poll or sse.');
  if (live !== null && offsets.length === 0) throw new Refusal(400, 'A live read needs an offset.');
  const place = offsets.length > 1 ? undefined : parsePlace(offsets[0] ?? '-1');
  if (place === undefined) throw new Refusal(400, 'The offset is malformed.');
  return { mode: live ?? 'catch-up', place };
}

/**
 * Finds the offset of the log after which a client reads on.
 *
 * @throws Refusal for an offset of another stream that has had this name.
 */
export async function startOf(exchange: Exchange, place: Place, state: StreamState): Promise<number> {
  if (place === 'beginning') return state.beginning - 1;
  if (place === 'now') return state.tail.offset;
  if (!isIn(state, place)) await exchange.stream.refresh();
  const current = exchange.stream.state;
  if (current && isIn(current, place)) return place.offset;
  throw new Refusal(410, 'The offset is of another stream that had this name.');
}

const isIn = ({ beginning, tail }: StreamState, { epoch, offset }: Exclude<Place, string>) =>
  epoch === tail.epoch && offset >= beginning && offset <= tail.offset;

/** The next content of a stream after a place. */
export interface Part {
  readonly contents: readonly Content[];
  /** The offset of the log after which reading continues. */
  readonly end: number;
  readonly nextOffset: string;
  /** True if there is no more content yet. */
  readonly isLast: boolean;
  /** True if there will be no more. */
  readonly isEnd: boolean;
}

export function partAfter({ stream, settings }: Exchange, state: StreamState, offset: number): Part {
  const { contents, ends } = stream.contentAfter(offset, settings.chunkBytes);
  return partOf(contents, ends.at(-1), state);
}

/**
 * Returns the next content as text. An append that ends within a character waits for the next one,
 * so that a client can come back to each offset that it is told.
 */
export function textAfter({ stream, settings }: Exchange, state: StreamState, offset: number): Part {
  const { contents, ends } = stream.contentAfter(offset, settings.chunkBytes);
  const reached = () => ends.at(-1) ?? offset;
  while (endsInCharacter(contents) && reached() < state.tail.offset) {
    const next = stream.contentAfter(reached(), 1);
    contents.push(...next.contents);
    ends.push(...next.ends);
  }
  if (state.isClosed || !endsInCharacter(contents)) return partOf(contents, ends.at(-1), state);
  while (endsInCharacter(contents)) {
    contents.pop();
    ends.pop();
  }
  const end = reached();
  const nextOffset = end < state.beginning ? '-1' : formatOffset({ epoch: state.tail.epoch, offset: end });
  return { contents, end, nextOffset, isLast: true, isEnd: false };
}

function partOf(contents: readonly Content[], end: number | undefined, { tail, isClosed }: StreamState): Part {
  const isLast = end === undefined || end >= tail.offset;
  const reached = isLast ? tail : { epoch: tail.epoch, offset: end };
  return { contents, end: reached.offset, nextOffset: formatOffset(reached), isLast, isEnd: isLast && isClosed };
}

/** The content as the body of an answer. */
export function bodyOf({ contents }: Part, contentType: string): string | Uint8Array {
  if (isJson(contentType)) return arrayOf(contents as readonly string[]);
  return Buffer.concat(contents.map((content) => (typeof content === 'string' ? Buffer.from(content) : content)));
}

/** The headers about a part. */
export function partHeaders({ nextOffset, isLast, isEnd }: Part): Record<string, string> {
  return {
    'Stream-Next-Offset': nextOffset,
    ...(isLast && { 'Stream-Up-To-Date': 'true' }),
    ...(isEnd && { 'Stream-Closed': 'true' }),
  };
}
