import { badRequest, PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import { answerRetryLater, setRetryAfter } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { clientKeyOf } from '../http/client-key';
import { engineOfExchange } from '../http/engine-of';
import { type Exchange, endAbandoned } from '../http/exchange';
import { waitFor } from '../http/pending-exchange';
import { cursorOf, sendsFrames } from '../http/query';
import type { CheckedFeed } from '../http/source';
import type { Transport } from '../http/transport';
import type { Engine } from '../hub/engine';
import { leaveUnread } from '../response/unread-body';
import { answerTo } from './answer';
import { checkOrigin } from './check-origin';
import { readClientFrame } from './client-frame';
import type { ClientRates } from './client-rates';
import { defaultBodyTimeout, type WebSocketOptions } from './options';
import { readMessage } from './post-body';
import { PostedClient } from './posted-client';
import { socketSettings } from './socket-options';

/** True for a request that carries a message, rather than asking for messages. */
export function isPostedMessage({ incoming, query }: Pick<Exchange<unknown>, 'incoming' | 'query'>): boolean {
  const { method, headers } = incoming;
  return method === 'POST' && !query.has('transport') && !/event-stream|ndjson/.test(headers.accept ?? '');
}

/**
 * Makes the transport that passes messages which clients POST to the route's `onMessage`, within
 * the same limits as over a WebSocket. An error of `onMessage` goes to the framework.
 */
export function postReceiver<Request>(
  options: WebSocketOptions<Request>,
  onMessage: NonNullable<WebSocketOptions<Request>['onMessage']>,
  rates: ClientRates,
): Transport<Request> {
  const { origins, maxPayload } = socketSettings(options);
  const { bodyTimeout = defaultBodyTimeout } = options;

  const limitRate = (engine: Engine, exchange: Exchange<Request>) => {
    const client = clientKeyOf(engine, exchange);
    if (rates.bucketOf(client, engine.clock).take()) return;
    setRetryAfter(exchange, 1);
    const sentence = `A client may send at most ${rates.perSecond} messages per second.`;
    throw new PushwireError('too-many-messages', sentence, { status: 429 });
  };

  const receive = async (data: string | Buffer, client: PostedClient<Request>, isFrame: boolean, maxBytes: number) => {
    if (typeof data !== 'string' || !isFrame) return onMessage(data, client);
    const frame = readClientFrame(data);
    if ('topics' in frame) throw badRequest('Topics are parameters of a URL, and cannot be posted.');
    const handle = () => onMessage(frame.data, client);
    return frame.request === undefined ? handle() : client.add(await answerTo(frame.request, handle, maxBytes));
  };

  return (exchange) => {
    const { incoming, request, response } = exchange;
    const refuse = (engine: Engine, reason: HubRefusal) => {
      leaveUnread(incoming, response);
      return answerRetryLater(exchange, engine, 'post', reason);
    };
    const handle = async (feed: CheckedFeed) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const engine = engineOfExchange(exchange, channels, options.hub);
      await authorizeExchange(options, exchange, channels, engine, 'post');
      if (engine.isClosed) return refuse(engine, 'draining');
      limitRate(engine, exchange);
      const { bodyOf = ({ body }: { body?: unknown }) => body } = exchange.framework;
      const limits = {
        maxBytes: maxPayload,
        timeout: bodyTimeout,
        clock: engine.clock,
        signal: exchange.closing.signal,
      };
      const reading = readMessage(incoming, bodyOf(request as Request & { body?: unknown }), limits);
      // The time of the source and `authorize` is over. The body has a timeout of its own.
      exchange.sink.place?.leave();
      const data = await waitFor(reading, engine, exchange, 'post', { sourceTimeout: Number.POSITIVE_INFINITY });
      const client = new PostedClient(
        request,
        channels.map(({ name }) => name),
        engine,
      );
      try {
        await receive(data, client, sendsFrames(exchange.query), engine.maxMessageBytes);
      } finally {
        client.end('answered');
      }
      const body = client.answer();
      if (exchange.sink.gone) return endAbandoned(exchange);
      const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
      if (body === undefined) exchange.answers.answer(204, headers);
      else exchange.answers.answer(200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body);
      return undefined;
    };
    const leave = (error: unknown): never => {
      leaveUnread(incoming, response);
      throw error;
    };
    try {
      checkOrigin(exchange, origins, 'send');
    } catch (error) {
      leave(error);
    }
    const serve = (feed: CheckedFeed) => handle(feed).catch(leave);
    const cursor = cursorOf(incoming, exchange.query);
    return { transport: 'post', cursor, pendingOptions: options, serve, refuse };
  };
}
