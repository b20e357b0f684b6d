import type { Create } from '../protocol/command';
import { defaultType } from '../protocol/content-type';
import type { StreamState } from '../protocol/stream-state';
import { contentOf, readBody } from './body';
import { type Exchange, tailHeaders } from './exchange';
import { contentTypeOf, lastValue, lifetimeOf, saysClosed } from './fields';
import { type Answer, Refusal } from './refusal';
import { submitWithin } from './room';

/** Answers a PUT: creates the stream, unless there is one of the same configuration. */
export async function create(exchange: Exchange): Promise<Answer> {
  const { request, stream, settings, url } = exchange;
  if (lastValue(request, 'stream-forked-from') !== undefined) {
    throw new Refusal(501, 'Streams cannot be forked here.');
  }
  const type = contentTypeOf(request) ?? defaultType;
  const lifetime = lifetimeOf(request);
  const content = contentOf(await readBody(request, settings.maxAppendBytes), type);
  const closed = saysClosed(request);
  const at = settings.clock.now();
  const command: Create = { kind: 'create', at, type, ...lifetime, ...(closed && { closed }) };
  const { verdict } = await submitWithin(exchange, command, content);
  if (verdict.kind === 'conflict') throw new Refusal(409, 'There is a stream of another configuration.');
  const { state } = stream;
  // The stream may have expired at once, or somebody has deleted it.
  if (state === undefined) throw new Refusal(409, 'The stream was deleted meanwhile.');
  const headers = { 'Content-Type': state.type, ...tailHeaders(state) };
  return verdict.kind === 'exists' ? { status: 200, headers } : { status: 201, headers: { ...headers, Location: url } };
}

/** Answers a HEAD. It is no read, so the TTL goes on. */
export function metadata(state: StreamState): Answer {
  const { ttl, expiresAt } = state.lifetime;
  const headers = {
    'Content-Type': state.type,
    ...tailHeaders(state),
    'Stream-TTL': ttl === undefined ? undefined : String(ttl),
    'Stream-Expires-At': expiresAt,
    'Cache-Control': 'no-store',
  };
  return { status: 200, headers };
}
