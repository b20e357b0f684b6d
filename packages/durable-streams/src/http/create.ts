import type { Create } from '../protocol/command';
import { defaultType } from '../protocol/content-type';
import type { Lifetime } from '../protocol/lifetime';
import type { StreamState } from '../protocol/stream-state';
import { contentOf, expectAtMost, readBody } from './body';
import { type Exchange, type Target, tailHeaders } from './exchange';
import { contentTypeOf, lastValue, lifetimeOf, saysClosed } from './fields';
import { type Answer, Refusal } from './refusal';
import { submitWithin } from './room';

/** A stream that is to be created. */
export interface New {
  readonly type: string;
  readonly lifetime: Lifetime;
  readonly body: Buffer;
  readonly closed: boolean;
}

/** Answers a PUT: creates the stream, unless there is one of the same configuration. */
export async function create(exchange: Exchange): Promise<Answer> {
  const { request, settings, url } = exchange;
  if (lastValue(request, 'stream-forked-from') !== undefined) {
    throw new Refusal(501, 'Streams cannot be forked here.');
  }
  const type = contentTypeOf(request) ?? defaultType;
  const lifetime = lifetimeOf(request);
  const body = await readBody(request, settings.maxAppendBytes);
  const answer = await createIn(exchange, { type, lifetime, body, closed: saysClosed(request) });
  return answer.status === 201 ? { ...answer, headers: { ...answer.headers, Location: url } } : answer;
}

/** Creates a stream, unless there is one of the same configuration. */
export async function createIn(target: Target, { type, lifetime, body, closed }: New): Promise<Answer> {
  const { stream, settings } = target;
  expectAtMost(settings.maxAppendBytes, body.byteLength);
  const content = contentOf(body, type);
  const at = settings.clock.now();
  const command: Create = { kind: 'create', at, type, ...lifetime, ...(closed && { closed }) };
  const { verdict } = await submitWithin(target, command, content);
  if (verdict.kind === 'conflict') throw new Refusal(409, 'There is a stream of another configuration.');
  const { state } = stream;
  // The stream may have expired at once, or somebody has deleted it.
  if (state === undefined) throw new Refusal(409, 'The stream was deleted meanwhile.');
  const headers = { 'Content-Type': state.type, ...tailHeaders(state) };
  return { status: verdict.kind === 'exists' ? 200 : 201, headers };
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
