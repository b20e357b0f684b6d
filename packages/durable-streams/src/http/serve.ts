import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from './answer';
import { append } from './append';
import { create, metadata } from './create';
import { eventStream } from './event-stream';
import { type Exchange, existing, type Target, unknownStream } from './exchange';
import { wantedOf } from './place';
import { catchUp, longPoll } from './read';
import { type Answer, Refusal } from './refusal';
import { touch } from './touch';

/** Answers a request for a stream. It rejects with what went wrong, unless the request did. */
export async function serve(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const answer = await answerOrServe(exchange);
  if (answer) send(request, response, answer);
}

/** @returns nothing for a request whose response has ended. */
function answerOrServe(exchange: Exchange): Promise<Answer | undefined> {
  switch (exchange.request.method) {
    case 'PUT':
      return create(exchange);
    case 'POST':
      return append(exchange);
    case 'DELETE':
      return remove(exchange);
    case 'HEAD':
      return existing(exchange).then(metadata);
    default:
      return read(exchange);
  }
}

async function read(exchange: Exchange): Promise<Answer | undefined> {
  const wanted = wantedOf(exchange.query);
  await existing(exchange);
  touch(exchange);
  if (wanted.mode === 'sse') return eventStream(exchange, wanted).then(() => undefined);
  return wanted.mode === 'long-poll' ? longPoll(exchange, wanted) : catchUp(exchange, wanted);
}

/** Deletes a stream. */
export async function remove(target: Target): Promise<Answer> {
  const { life } = await existing(target);
  const { stream, settings } = target;
  const { verdict } = await stream.submit({ kind: 'delete', at: settings.clock.now(), life });
  if (verdict.kind !== 'accepted') throw unknownStream();
  return { status: 204 };
}

/** Tells the client of a failure, where it can be told. */
export function answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    // A stream that ends in its middle must not look whole.
    response.destroy();
    return;
  }
  if (error instanceof Refusal) send(request, response, error.answer);
  else if (isUnreachable(error)) send(request, response, unavailable.answer);
  else send(request, response, failed.answer);
}

/** True for a failure of the backplane that may be over soon. */
export function isUnreachable(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'backplane-unavailable' || code === 'backplane-unconfirmed';
}

const unavailable = new Refusal(503, 'The streams cannot be reached.', { 'Retry-After': '1' });
const failed = new Refusal(500, 'The request has failed.');
