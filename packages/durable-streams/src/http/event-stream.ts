import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { cursorAfter } from '../protocol/collapse-cursor';
import { isText } from '../protocol/content-type';
import { controlEvent, dataEvent, heartbeat } from '../protocol/events';
import { touchInterval } from '../protocol/lifetime';
import type { StreamState } from '../protocol/stream-state';
import { setHeaders } from './answer';
import { type Exchange, existing } from './exchange';
import { bodyOf, type Part, partAfter, startOf, textAfter, type Wanted } from './place';
import { touch } from './touch';

/** Answers a GET with `live=sse`: data events as they come, each followed by a control event. */
export async function eventStream(exchange: Exchange, { place }: Wanted): Promise<void> {
  const { response, stream, settings, signal } = exchange;
  const { clock, sseMaxAge } = settings;
  const first = await existing(exchange);
  let at = await startOf(exchange, place, first);
  const nextPart = isText(first.type) ? textAfter : partAfter;
  setHeaders(response, headersOf(first));
  response.flushHeaders();
  const end = clock.now() + sseMaxAge;
  const silence = Math.min(settings.heartbeat, touchInterval(first.lifetime.ttl ?? Number.POSITIVE_INFINITY));
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const { state } = stream;
    if (state?.life !== first.life) break;
    const part = nextPart(exchange, state, at);
    const isNews = part.contents.length > 0 || isFirst || part.isEnd;
    if (isNews) await write(response, eventsOf(exchange, state, part), signal);
    at = part.end;
    if (part.isEnd) break;
    if (!part.isLast) continue;
    const left = end - clock.now();
    if (left <= 0) break;
    const before = clock.now();
    await stream.changed(Math.min(silence, left), signal);
    touch(exchange);
    const wasSilent = clock.now() - before >= settings.heartbeat;
    if (wasSilent && !signal.aborted) await write(response, heartbeat, signal);
  }
  response.end();
}

function headersOf({ type }: StreamState): Record<string, string> {
  return {
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-cache, no-store, no-transform',
    'X-Accel-Buffering': 'no',
    ...(!isText(type) && { 'Stream-SSE-Data-Encoding': 'base64' }),
  };
}

function eventsOf({ query, settings }: Exchange, { type }: StreamState, part: Part): string {
  const { nextOffset: streamNextOffset, isLast, isEnd } = part;
  const cursor = () => cursorAfter(query.get('cursor') ?? undefined, settings.clock.now(), Math.random());
  const control = controlEvent({
    streamNextOffset,
    ...(!isEnd && { streamCursor: cursor() }),
    ...(isLast && { upToDate: true }),
    ...(isEnd && { streamClosed: true }),
  });
  if (part.contents.length === 0) return control;
  const body = Buffer.from(bodyOf(part, type));
  return dataEvent(body.toString(isText(type) ? 'utf8' : 'base64')) + control;
}

/** A client that is slow gets the next part when it has taken this one. */
async function write(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text)) return;
  await once(response, 'drain', { signal }).catch(() => {
    // The client has left. The loop sees the signal too.
  });
}
