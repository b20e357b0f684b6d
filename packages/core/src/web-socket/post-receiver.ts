import { PushwireError } from '../checks/errors';
import { authorizeExchange } from '../http/authorization';
import { type Exchange, endAbandoned, type Receive } from '../http/exchange';
import { answerRetryLater, clientKeyOf } from '../http/refusal';
import type { Engine } from '../hub/engine';
import { engineFor } from '../hub/hub';
import { TokenBucket } from '../time/token-bucket';
import { socketSettings, usualPerSecond, type WebSocketOptions } from './options';
import { checkOrigin } from './origin';
import { readMessage } from './post-body';
import { PostedClient } from './posted-client';

/** Senders that are told apart for `messagesPerSecond`: who was not heard of for longest is forgotten. */
const maxSenders = 10_000;

/** Whether a request brings a message, rather than asking for any. */
export function isMessage({ incoming, query }: Pick<Exchange<unknown>, 'incoming' | 'query'>): boolean {
  const { method, headers } = incoming;
  return method === 'POST' && !query.has('transport') && !/event-stream|ndjson/.test(headers.accept ?? '');
}

/**
 * Receives what clients send by POST, and hands it to the route's `onMessage`: the same as over a WebSocket, within the same
 * bounds. What it throws is the framework's to answer.
 */
export function messageReceiver<Request>(
  options: WebSocketOptions<Request>,
  onMessage: NonNullable<WebSocketOptions<Request>['onMessage']>,
): (exchange: Exchange<Request>) => Receive<Request> {
  const { origins, maxPayload } = socketSettings(options);
  const { messagesPerSecond = usualPerSecond, authorize } = options;
  const buckets = new Map<string | undefined, TokenBucket>();

  const count = (engine: Engine, exchange: Exchange<Request>) => {
    const client = clientKeyOf(engine, exchange);
    const bucket = buckets.get(client) ?? new TokenBucket(engine.clock, messagesPerSecond);
    buckets.delete(client);
    buckets.set(client, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > maxSenders) buckets.delete(oldest);
    if (bucket.take()) return;
    exchange.response.setHeader('Retry-After', '1');
    throw new PushwireError('too-many-messages', `A client may send ${messagesPerSecond} messages in a second.`, {
      status: 429,
    });
  };

  return ({ incoming, request }) => {
    checkOrigin(incoming, request, origins, 'send');
    return async (feed, exchange) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const engine = engineFor(channels, options.hub);
      await authorizeExchange(authorize, exchange, channels, engine, 'post');
      if (engine.isClosed) return answerRetryLater(exchange, engine, 'post', 'draining');
      count(engine, exchange);
      const { bodyOf = ({ body }: { body?: unknown }) => body } = exchange.framework;
      const data = await readMessage(incoming, bodyOf(request as Request & { body?: unknown }), maxPayload);
      const client = new PostedClient(request);
      await onMessage(data, client);
      const body = client.answer();
      if (exchange.sink.gone) return endAbandoned(exchange);
      const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
      if (body === undefined) exchange.answers.answer(204, headers);
      else exchange.answers.answer(200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body);
      return undefined;
    };
  };
}
