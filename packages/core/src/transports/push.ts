import { badRequest, PushwireError } from '../checks/errors';
import { acceptable, negotiate, type TransportName, transportNames } from './negotiate';
import { checkOptions, given } from '../checks/check-options';
import type { Source } from '../http/source';
import { ndjsonWriter } from '../encoders/ndjson';
import { type CometOptions, cometTransport } from './comet';
import type { ConnectionOptions } from '../http/connection-options';
import type { Framework } from '../http/framework';
import { isMessage, messageReceiver } from '../web-socket/post-receiver';
import { type LongPollOptions, longPollTransport, type PollOptions, pollTransport } from './poll';
import { sseWriterOf } from './sse';
import { type StreamOptions, streamChecks, streaming } from './streaming';
import { asksForWebSocket, upgradeFor } from '../upgrade/accept-upgrades';
import { type Receive, type Serve, type Visit, visiting } from '../http/exchange';
import { checkWebSocketOptions, type WebSocketOptions, webSocketTransport } from '../web-socket/route';

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
  const { padding: _padding, patience: _patience, ...common } = streams;
  const { authorize, onOpen, onClose } = streams;
  const socket = checkWebSocketOptions({ ...common, ...given(webSocket) });
  const takeMessage = socket.onMessage && messageReceiver(socket, socket.onMessage);
  const { logError, WebSocketServer } = framework;
  const onError = streams.onError ?? logError;
  const transports: Partial<Record<TransportName, (visit: Visit<Request>) => Receive<Request>>> = {
    sse: streaming({ options: streams, logError, writerOf: sseWriterOf }),
    ndjson: streaming({ options: streams, logError, writerOf: () => ndjsonWriter }),
    comet: cometTransport({ ...streams, ...given(comet) }, logError),
    'long-poll': longPollTransport({ ...given({ authorize, onOpen, onClose }), ...given(longPoll) }, onError),
    poll: pollTransport({ ...given({ authorize }), ...given(poll) }, onError),
    ...(WebSocketServer && {
      websocket: webSocketTransport(socket, framework),
    }),
  };
  const transportFor = (visit: Visit<Request>) => receiverFor(transportOf(visit), transports)(visit);
  return visiting(
    source,
    (visit) => (takeMessage && isMessage(visit) ? takeMessage(visit) : transportFor(visit)),
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
function transportOf<Request>({ incoming, response, query }: Visit<Request>): string {
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
