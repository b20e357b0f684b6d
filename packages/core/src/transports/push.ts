import { checkOptions, withoutUndefined } from '../checks/check-options';
import { badRequest, PushwireError } from '../checks/errors';
import { ndjsonEncoder } from '../encoders/ndjson';
import { type TransportName, transportNames } from '../encoders/transport-name';
import type { ConnectionOptions } from '../http/connection-options';
import type { Exchange, Receive } from '../http/exchange';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import { asksForWebSocket, upgradeFor } from '../upgrade/upgrade';
import { checkWebSocketOptions, type WebSocketOptions } from '../web-socket/options';
import { isMessage, messageReceiver } from '../web-socket/post-receiver';
import { webSocketTransport } from '../web-socket/route';
import { type CometOptions, cometTransport } from './comet';
import { acceptable, negotiate } from './negotiate';
import { longPollTransport, pollTransport } from './poll';
import type { LongPollOptions, PollOptions } from './poll-options';
import { sseEncoderOf } from './sse';
import { type StreamOptions, streamChecks, streaming } from './streaming';

/** Options of `push()`: those of the streams, and of the transports that have more. */
export interface PushOptions<Request> extends StreamOptions<Request> {
  comet?: Omit<CometOptions<Request>, keyof StreamOptions<Request>>;
  longPoll?: Omit<LongPollOptions<Request>, keyof ConnectionOptions<Request>>;
  poll?: Omit<PollOptions<Request>, keyof ConnectionOptions<Request>>;
  webSocket?: Omit<WebSocketOptions<Request>, keyof StreamOptions<Request>>;
}

/**
 * The heart of every adapter's `push()`: a function that serves a source over whichever transport the request asks for,
 * by `?transport=` or else by its `Accept` header.
 *
 * @see serveSse for what it does with errors.
 * @throws TypeError for a source or an option that does not fit.
 */
export function servePush<Request>(
  source: Source<Request>,
  options?: PushOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  // What these may hold is looked at by their transports.
  const anObject = (value: unknown) =>
    typeof value === 'object' && value !== null ? undefined : 'an object of options';
  const checked = checkOptions<PushOptions<Request>>('push', options, {
    ...streamChecks,
    comet: anObject,
    longPoll: anObject,
    poll: anObject,
    webSocket: anObject,
  });
  const { comet, longPoll, poll, webSocket, ...streams } = checked;
  const { padding: _padding, firstMessageTimeout: _firstMessageTimeout, ...common } = streams;
  const { authorize, onOpen, onClose } = streams;
  const socket = checkWebSocketOptions({ ...common, ...withoutUndefined(webSocket) });
  const takeMessage = socket.onMessage && messageReceiver(socket, socket.onMessage);
  const { onError: defaultOnError, WebSocketServer } = framework;
  const onError = streams.onError ?? defaultOnError;
  const transports: Partial<Record<TransportName, (exchange: Exchange<Request>) => Receive<Request>>> = {
    sse: streaming({ options: streams, defaultOnError, encoderOf: sseEncoderOf }),
    ndjson: streaming({ options: streams, defaultOnError, encoderOf: () => ndjsonEncoder }),
    comet: cometTransport({ ...streams, ...withoutUndefined(comet) }, defaultOnError),
    'long-poll': longPollTransport(
      { ...withoutUndefined({ authorize, onOpen, onClose }), ...withoutUndefined(longPoll) },
      onError,
    ),
    poll: pollTransport({ ...withoutUndefined({ authorize }), ...withoutUndefined(poll) }, onError),
    ...(WebSocketServer && {
      websocket: webSocketTransport(socket, framework),
    }),
  };
  const transportFor = (exchange: Exchange<Request>) => receiverFor(transportOf(exchange), transports)(exchange);
  return serveSource(
    source,
    (exchange) => (takeMessage && isMessage(exchange) ? takeMessage(exchange) : transportFor(exchange)),
    framework,
  );
}

function receiverFor<Receiver>(name: string, transports: Partial<Record<TransportName, Receiver>>): Receiver {
  const known = transportNames.filter((each) => transports[each] !== undefined);
  const receiver = known.some((each) => each === name) ? transports[name as TransportName] : undefined;
  if (receiver === undefined) throw badRequest(`The transport must be one of ${known.join(', ')}.`);
  return receiver;
}

/** What the query names, or what the headers ask for. */
function transportOf<Request>({ incoming, response, query }: Exchange<Request>): string {
  addVary(response);
  const named = query.get('transport');
  if (named !== null) return named;
  if (upgradeFor(incoming) || asksForWebSocket(incoming)) return 'websocket';
  const negotiated = negotiate(incoming.headers.accept);
  if (negotiated === undefined) {
    throw new PushwireError('not-acceptable', `Acceptable are ${acceptable.join(', ')}.`, { status: 406 });
  }
  // A poll that waits for nothing is an interval poll.
  return negotiated === 'long-poll' && Number(query.get('wait') ?? Number.NaN) === 0 ? 'poll' : negotiated;
}

/** Caches must keep apart what different clients accept. */
function addVary(response: {
  getHeader(name: string): unknown;
  setHeader(name: string, value: string): unknown;
}): void {
  const present = String(response.getHeader('vary') ?? '');
  if (/(^|,)\s*(\*|accept)\s*(,|$)/i.test(present)) return;
  response.setHeader('Vary', present === '' ? 'Accept' : `${present}, Accept`);
}
