import { type Check, checkOptions, withoutUndefined } from '../checks/check-options';
import { ndjsonEncoder } from '../encoders/ndjson';
import { type TransportName, transportNames } from '../encoders/transport-name';
import type { ConnectionOptions } from '../http/connection-options';
import type { Framework } from '../http/framework';
import { type Serve, serveSource } from '../http/serve';
import type { Source } from '../http/source';
import type { Transport } from '../http/transport';
import { checkWebSocketOptions, ratesFor, type WebSocketOptions } from '../web-socket/options';
import { isPostedMessage, postReceiver } from '../web-socket/post-receiver';
import { webSocketTransport } from '../web-socket/route';
import { chooseTransport } from './choose-transport';
import { type CometOptions, cometTransport } from './comet';
import { longPollTransport, pollTransport } from './poll';
import type { LongPollOptions, PollOptions } from './poll-options';
import { checkDialectOptions, type SseOptions, sseChecks, sseTransport } from './sse';
import { streaming } from './streaming';
import type { StreamOptions } from './streaming-options';

/** Options of `push()`: those of all streams, and one object for each transport that has more. */
export interface PushOptions<Request> extends StreamOptions<Request>, Pick<SseOptions<Request>, 'bare' | 'dialect'> {
  /** Further options of comet. Defaults to `{}`. */
  comet?: Omit<CometOptions<Request>, keyof StreamOptions<Request>>;
  /** Further options of long polls. Defaults to `{}`. */
  longPoll?: Omit<LongPollOptions<Request>, keyof ConnectionOptions<Request>>;
  /** Further options of interval polls. Defaults to `{}`. */
  poll?: Omit<PollOptions<Request>, keyof ConnectionOptions<Request>>;
  /** Further options of WebSockets, and of messages that clients POST. Defaults to `{}`. */
  webSocket?: Omit<WebSocketOptions<Request>, keyof StreamOptions<Request>>;
}

/** The transports check what is in their objects. */
export const anObject: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'an object of options';

/**
 * Makes a function that serves a source over the transport that a request asks for, by
 * `?transport=` or by its `Accept` header. Every adapter's `push()` wraps it. Errors are handled as
 * in `serveSse()`.
 *
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`, without
 * WebSockets.
 * @throws TypeError for a source or an option that does not fit.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { createHub, servePush } from '@pushwire/core';
 *
 * const news = createHub().channel('news');
 * const serve = servePush(news, { heartbeat: 10000, longPoll: { wait: 20000 } });
 * createServer((request, response) => {
 *   serve(request, response, request).catch(() => response.writeHead(500).end());
 * }).listen(3000);
 * ```
 */
export function servePush<Request>(
  source: Source<Request>,
  options?: PushOptions<Request>,
  framework: Framework<Request> = {},
): Serve<Request> {
  const { comet, longPoll, poll, webSocket, bare, dialect, ...streams } = checkOptions<PushOptions<Request>>(
    'push',
    options,
    {
      ...sseChecks,
      comet: anObject,
      longPoll: anObject,
      poll: anObject,
      webSocket: anObject,
    },
  );
  checkDialectOptions('push', { ...streams, ...withoutUndefined({ bare, dialect }) });
  const { padding: _padding, firstMessageTimeout: _timeout, compress: _compress, ...common } = streams;
  const { authorize, sourceTimeout, hub, from, initial, unknownRun, join, presence, onOpen, onClose } = streams;
  const beginning = { from, initial, unknownRun, join };
  const pollOptions = withoutUndefined({ authorize, sourceTimeout, hub, ...beginning, presence, onOpen, onClose });
  const socket = checkWebSocketOptions({ ...common, ...withoutUndefined(webSocket) });
  const rates = ratesFor(socket);
  const receivePost = socket.onMessage && postReceiver(socket, socket.onMessage, rates);
  const { onError: defaultOnError, WebSocketServer } = framework;
  const onError = streams.onError ?? defaultOnError;
  const transports: Transports<Request> = {
    sse: sseTransport({ ...streams, ...withoutUndefined({ bare, dialect }) }, defaultOnError),
    ndjson: streaming({ options: streams, defaultOnError, encoderOf: () => ndjsonEncoder }),
    comet: cometTransport({ ...streams, ...withoutUndefined(comet) }, defaultOnError),
    'long-poll': longPollTransport({ ...pollOptions, ...withoutUndefined(longPoll) }, onError, true),
    poll: pollTransport({ ...pollOptions, ...withoutUndefined(poll) }, onError),
    ...(WebSocketServer && {
      websocket: webSocketTransport(socket, framework, rates),
    }),
  };
  const known = transportNames.filter((each) => transports[each] !== undefined);
  return serveSource(
    source,
    (exchange) => {
      if (receivePost && isPostedMessage(exchange)) return receivePost(exchange);
      const transport = transports[chooseTransport(exchange, known)] as Transport<Request>;
      return transport(exchange);
    },
    framework,
  );
}

/** The transports of a route. Only WebSockets need a part of the framework. */
type Transports<Request> = Record<Exclude<TransportName, 'websocket'>, Transport<Request>> & {
  websocket?: Transport<Request>;
};
