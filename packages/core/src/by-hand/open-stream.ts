import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../http/exchange';
import type { Framework } from '../http/framework';
import { serveExchange } from '../http/serve';
import { lastEventIdOf } from '../log/cursor';
import { checkArguments, take } from './check-arguments';
import type { OpenStreamOptions } from './open-stream-options';
import { Openers } from './openers';
import type { OpenStream } from './public-stream';
import { serveByHand } from './serve-by-hand';
import { StreamOpener } from './stream-opener';
import { WrittenStream } from './written-stream';

/** Without a framework between an app and Node, nothing uses a response after the app. */
const bareFramework: Framework<unknown> = { detachWhenIdle: true };
const noOptions = {};
const openers = new Openers();

/**
 * Makes the listener for a handshake that fails. It lasts as long as the stream, and all closures
 * of one function hold what any of them uses: inside of `openStream()`, that is the request.
 */
const refusal = (stream: WrittenStream) => () => stream.refused('left');

/**
 * Opens a stream that the app writes to by hand, over the transport that the client asks for or
 * that `options` names. The head is sent at once. Every adapter's `openStream()` wraps it.
 *
 * A client that has left, or that the hub refuses, gets a stream that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @param request the framework's own request, which hooks such as `authorize` get. Defaults to
 * `incoming`.
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`, without
 * WebSockets.
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status`, while no head is sent: `not-acceptable` (406),
 * `bad-request` (400), `forbidden` (403, for `authorize`) and others of a handshake. Answer it by
 * its status, as frameworks do.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { openStream } from '@pushwire/core';
 *
 * createServer(async (request, response) => {
 *   try {
 *     const stream = await openStream(request, response);
 *     const timer = setInterval(() => stream.send({ now: Date.now() }, { event: 'tick' }), 1000);
 *     stream.closed.then(() => clearInterval(timer));
 *   } catch (error) {
 *     response.writeHead((error as { status?: number }).status ?? 500).end();
 *   }
 * }).listen(3000);
 * ```
 */
export async function openStream<Request = IncomingMessage>(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: OpenStreamOptions<Request> = noOptions,
  request: Request = incoming as Request,
  framework: Framework<Request> = bareFramework as Framework<Request>,
): Promise<OpenStream> {
  checkArguments(incoming, response);
  const opener = openers.of(options, framework, () => new StreamOpener(options, framework));
  let stream: WrittenStream | undefined;
  const open = (exchange: Exchange<Request>) => {
    const { closing } = exchange;
    const serving = opener.transportOf(exchange)(exchange);
    const opening = new WrittenStream(
      serving.transport,
      lastEventIdOf(serving.cursor),
      closing,
      opener.maxPending,
      opener.isBare,
    );
    stream = opening;
    const serve = async () => {
      if (serving.transport === 'post') opening.refused('answered');
      const connection = await serving.serve({ byHand: opening });
      // The handshake of a WebSocket is under way, and may fail.
      closing.onAbort(refusal(opening));
      closing.abortUnlessConnected();
      if (serving.transport === 'websocket') await opening.settled;
      return connection;
    };
    return serveByHand(exchange, opening, serve, serving.refuse);
  };
  await serveExchange(open, framework, { answersErrors: false })(incoming, response, request);
  take(response);
  return stream as WrittenStream;
}
