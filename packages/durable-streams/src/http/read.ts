import { cursorAfter } from '../protocol/collapse-cursor';
import type { StreamState } from '../protocol/stream-state';
import { matches } from './answer';
import { type Exchange, existing, unknownStream } from './exchange';
import { bodyOf, type Part, partAfter, partHeaders, startOf, type Wanted } from './place';
import type { Answer } from './refusal';

/** Answers a GET without `live`: what there is after the offset, up to a size. */
export async function catchUp(exchange: Exchange, { place }: Wanted): Promise<Answer> {
  const state = await existing(exchange);
  const start = await startOf(exchange, place, state);
  const part = partAfter(exchange, state, start);
  const isNow = place === 'now';
  return answerOf(exchange, state, start, part, isNow ? { 'Cache-Control': 'no-store' } : {}, !isNow);
}

/** Answers a GET with `live=long-poll`: as soon as there is something, or when the time is over. */
export async function longPoll(exchange: Exchange, { place }: Wanted): Promise<Answer> {
  const { stream, settings, signal, query } = exchange;
  const first = await existing(exchange);
  const start = await startOf(exchange, place, first);
  const end = settings.clock.now() + settings.longPollTimeout;
  for (;;) {
    const { state } = stream;
    if (state?.life !== first.life) throw unknownStream();
    const part = partAfter(exchange, state, start);
    const now = settings.clock.now();
    const next = () => cursorAfter(query.get('cursor') ?? undefined, now, Math.random());
    const cursor: Record<string, string> = part.isEnd ? {} : { 'Stream-Cursor': next() };
    if (part.contents.length > 0) return answerOf(exchange, state, start, part, cursor, true);
    if (part.isEnd || now >= end || signal.aborted) {
      return { status: 204, headers: { ...partHeaders(part), ...cursor, 'Cache-Control': 'no-store' } };
    }
    await stream.changed(end - now, signal);
  }
}

function answerOf(
  { request, settings }: Exchange,
  state: StreamState,
  start: number,
  part: Part,
  more: Record<string, string>,
  hasTag: boolean,
): Answer {
  const etag = `"${state.life}:${start}:${part.end}${part.isEnd ? ':c' : ''}"`;
  const headers = {
    'Content-Type': state.type,
    'Cache-Control': settings.cacheControl,
    ...partHeaders(part),
    ...more,
    ...(hasTag && { ETag: etag }),
  };
  if (hasTag && matches(request, etag)) return { status: 304, headers };
  return { status: 200, headers, body: bodyOf(part, state.type) };
}
