import type { IncomingMessage, ServerResponse } from 'node:http';
import { misuse } from '../checks/errors';
import { type Exchange, endAbandoned } from '../http/exchange';
import type { Framework } from '../http/framework';
import { Refused } from '../http/pending-exchange';
import { serveExchange } from '../http/serve';
import type { OpenStreamOptions } from './open-stream-options';
import { StreamOpener } from './stream-opener';
import { type OpenStream, WrittenStream } from './written-stream';

const bareFramework: Framework<unknown> = {};
const noOptions = {};

/** Options are often one object for all requests. Those of a request are forgotten with it. */
const openers = new WeakMap<object, WeakMap<object, object>>();

function openerFor<Request>(
  options: OpenStreamOptions<Request> = noOptions,
  framework: Framework<Request>,
): StreamOpener<Request> {
  if (typeof options !== 'object' || options === null) return new StreamOpener(options, framework);
  const ofFramework = openers.get(framework) ?? new WeakMap<object, object>();
  openers.set(framework, ofFramework);
  const opener = (ofFramework.get(options) as StreamOpener<Request>) ?? new StreamOpener(options, framework);
  ofFramework.set(options, opener);
  return opener;
}

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
 *     stream.signal.addEventListener('abort', () => clearInterval(timer));
 *   } catch (error) {
 *     response.writeHead((error as { status?: number }).status ?? 500).end();
 *   }
 * }).listen(3000);
 * ```
 */
export async function openStream<Request = IncomingMessage>(
  incoming: IncomingMessage,
  response: ServerResponse,
  options?: OpenStreamOptions<Request>,
  request: Request = incoming as Request,
  framework: Framework<Request> = bareFramework as Framework<Request>,
): Promise<OpenStream> {
  checkNodes('request', "Node's request", 'headers', incoming);
  checkNodes('response', "Node's response", 'writeHead', response);
  const opener = openerFor(options, framework);
  let stream: WrittenStream | undefined;
  const open = async (exchange: Exchange<Request>) => {
    const { sink, closing } = exchange;
    const serving = opener.transportOf(exchange)(exchange);
    stream = new WrittenStream(serving.transport, serving.cursor, closing, opener.maxPending, opener.isBare);
    sink.listener = { onDrain() {}, onClose: () => closing.abort() };
    try {
      if (sink.gone) return endAbandoned(exchange);
      if (serving.transport === 'post') stream.refused('answered');
      const connection = await serving.serve({ byHand: stream });
      // The handshake of a WebSocket is under way, and may fail.
      closing.onAbort(() => stream?.refused('left'));
      closing.abortUnlessConnected();
      if (serving.transport === 'websocket') await stream.settled;
      return connection;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.reason === 'gone') return endAbandoned(exchange);
      stream.refused(error.reason);
      return serving.refuse(error.engine, error.reason);
    } finally {
      closing.abortUnlessConnected();
      stream.refused('left');
    }
  };
  await serveExchange(open, framework, { answersErrors: false })(incoming, response, request);
  return stream as WrittenStream;
}

/** Without types, a forgotten argument would fail somewhere deep inside. */
function checkNodes(name: string, wanted: string, member: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || !(member in value)) throw misuse(name, wanted, value);
}
