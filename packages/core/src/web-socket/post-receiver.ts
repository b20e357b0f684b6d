import { Allowance } from '../time/token-bucket';
import { PushwireError } from '../checks/errors';
import type { Hub } from '../hub/hub';
import { authorizeVisit } from '../http/authorization';
import { checkOrigin } from '../node/check-origin';
import { readMessage } from './post-body';
import { hubOr } from '../node/own-hub';
import { PostedClient } from './posted-client';
import { clientOf } from '../http/refusal';
import { answerLater, leave, type Receive, type Visit } from '../http/exchange';
import type { WebSocketOptions } from './route';
import { socketSettings, usualPerSecond } from './options';

/** Senders that are told apart for `messagesPerSecond`: who was not heard of for longest is forgotten. */
const mostSenders = 10_000;

/** Whether a request brings a message, rather than asking for any. */
export function isMessage({ incoming, query }: Pick<Visit<unknown>, 'incoming' | 'query'>): boolean {
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
): (visit: Visit<Request>) => Receive<Request> {
  const { origins, maxPayload } = socketSettings(options);
  const { messagesPerSecond = usualPerSecond, authorize } = options;
  const allowances = new Map<string | undefined, Allowance>();

  const count = (hub: Hub, visit: Visit<Request>) => {
    const client = clientOf(hub, visit);
    const allowance = allowances.get(client) ?? new Allowance(hub.clock, messagesPerSecond);
    allowances.delete(client);
    allowances.set(client, allowance);
    const [oldest] = allowances.keys();
    if (allowances.size > mostSenders) allowances.delete(oldest);
    if (allowance.take()) return;
    visit.response.setHeader('Retry-After', '1');
    throw new PushwireError('too-many-messages', `A client may send ${messagesPerSecond} messages in a second.`, {
      status: 429,
    });
  };

  return ({ incoming, request }) => {
    checkOrigin(incoming, request, origins, 'send');
    return async (feed, visit) => {
      const channels = 'channels' in feed ? feed.channels : [];
      const hub = channels[0]?.hub ?? hubOr(options.hub);
      await authorizeVisit(authorize, visit, channels, hub, 'post');
      if (hub.closed) return answerLater(visit, hub, 'post', 'draining');
      count(hub, visit);
      const { bodyOf = ({ body }: { body?: unknown }) => body } = visit.framework;
      const data = await readMessage(incoming, bodyOf(request as Request & { body?: unknown }), maxPayload);
      const client = new PostedClient(request);
      await onMessage(data, client);
      const body = client.answer();
      if (visit.sink.gone) return leave(visit);
      const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
      if (body === undefined) visit.answers.answer(204, headers);
      else visit.answers.answer(200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body);
      return undefined;
    };
  };
}
