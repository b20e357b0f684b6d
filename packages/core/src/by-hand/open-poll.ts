import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkOptions } from '../checks/check-options';
import type { HubRefusal } from '../delivery/close-reason';
import { PollWriter } from '../delivery/poll-writer';
import { answerFinished, answerRetryLater } from '../http/answers';
import { authorizeExchange } from '../http/authorization';
import { engineOfExchange } from '../http/engine-of';
import { type Exchange, endAbandoned } from '../http/exchange';
import type { Framework } from '../http/framework';
import { cursorOf, waitOf } from '../http/query';
import { findRefusal } from '../http/refusal';
import { serveExchange } from '../http/serve';
import type { Engine } from '../hub/engine';
import { finishedCursor } from '../log/cursor';
import { chooseTransport } from '../transports/choose-transport';
import { pollDefaults } from '../transports/poll-options';
import { checkArguments, take } from './check-arguments';
import { defaultAnswerTimeout, type OpenPollOptions, openPollChecks, pollTransports } from './open-poll-options';
import { Openers } from './openers';
import { serveByHand } from './serve-by-hand';
import { type OpenPoll, WrittenPoll } from './written-poll';

const bareFramework: Framework<unknown> = {};
const noOptions = {};
const openers = new Openers();

/**
 * Opens a poll that the app answers by hand: a long poll, which it answers as soon as there is
 * something, or an interval poll, which it answers at once. A poll that the app has not answered
 * when its wait is over is answered without a message. Every adapter's `openPoll()` wraps it.
 *
 * A client that has left, or that the hub refuses, gets a poll that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @param request the framework's own request, which `authorize` gets. Defaults to `incoming`.
 * @param framework the parts of a web framework. Defaults to those of bare `node:http`.
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status`, while no head is sent: `not-acceptable` (406),
 * `bad-request` (400) and `forbidden` (403, for `authorize`). Answer it by its status, as
 * frameworks do.
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { type OpenPoll, openPoll } from '@pushwire/core';
 *
 * const waiting = new Set<OpenPoll>();
 * createServer(async (request, response) => {
 *   try {
 *     const poll = await openPoll(request, response, { wait: 20000 });
 *     waiting.add(poll);
 *     poll.closed.then(() => waiting.delete(poll));
 *   } catch (error) {
 *     response.writeHead((error as { status?: number }).status ?? 500).end();
 *   }
 * }).listen(3000);
 * setInterval(() => {
 *   for (const poll of waiting) poll.answer({ data: { now: Date.now() }, event: 'tick' });
 *   waiting.clear();
 * }, 5000);
 * ```
 */
export async function openPoll<Request = IncomingMessage>(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: OpenPollOptions<Request> = noOptions,
  request: Request = incoming as Request,
  framework: Framework<Request> = bareFramework as Framework<Request>,
): Promise<OpenPoll> {
  checkArguments(incoming, response);
  const checked = openers.of(options, bareFramework, () => checkOptions('openPoll', options, openPollChecks));
  let poll: WrittenPoll<Request> | undefined;
  const open = (exchange: Exchange<Request>) => {
    const opening = pollOf(exchange, checked);
    poll = opening;
    const { transport } = opening;
    const refuse = (engine: Engine, reason: HubRefusal) => answerRetryLater(exchange, engine, transport, reason);
    return serveByHand(exchange, opening, () => serve(exchange, opening, checked, refuse), refuse);
  };
  await serveExchange(open, framework, { answersErrors: false })(incoming, response, request);
  take(response);
  return poll as WrittenPoll<Request>;
}

/** @throws PushwireError `bad-request` or `not-acceptable`. */
function pollOf<Request>(exchange: Exchange<Request>, options: OpenPollOptions<Request>): WrittenPoll<Request> {
  const { incoming, query, closing } = exchange;
  const { wait = pollDefaults.wait, interval = pollDefaults.interval } = options;
  const transport = options.transport ?? chooseTransport(exchange, pollTransports);
  const isHeld = transport === 'long-poll';
  const cursor = cursorOf(incoming, query, options.parameter);
  const held = waitOf(query, wait);
  return new WrittenPoll(transport, cursor, isHeld ? held : 0, closing, options, isHeld ? undefined : interval);
}

async function serve<Request>(
  exchange: Exchange<Request>,
  poll: WrittenPoll<Request>,
  options: OpenPollOptions<Request>,
  refuse: (engine: Engine, reason: HubRefusal) => undefined,
): Promise<PollWriter | undefined> {
  const { sink, answers, closing, incoming } = exchange;
  const engine = engineOfExchange(exchange, [], options.hub);
  await authorizeExchange(options, exchange, [], engine, poll.transport);
  if (sink.gone) return endAbandoned(exchange);
  if (poll.lastEventId === finishedCursor) {
    poll.refused('ended');
    return answerFinished(exchange);
  }
  // Nothing is awaited from here on: an accepted client is counted before the next is checked.
  const refusal = findRefusal(engine, exchange);
  if (refusal) {
    poll.refused(refusal);
    return refuse(engine, refusal);
  }
  const writer = new PollWriter(engine, sink, answers, poll, poll);
  writer.hold(poll.wait || (options.answerTimeout ?? defaultAnswerTimeout));
  closing.follow(writer);
  poll.opened(writer);
  // The answer to a HEAD has no body.
  if (incoming.method === 'HEAD') writer.close('answered');
  return writer;
}
