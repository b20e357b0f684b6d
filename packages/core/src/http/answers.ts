import { PushwireError } from '../checks/errors';
import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { UnknownRun } from './connection-options';
import type { Exchange } from './exchange';

/** Answers 204, which tells an EventSource not to reconnect (HTML Standard, 9.2.3). */
export function answerFinished<Request>({ answers }: Exchange<Request>): undefined {
  answers.answer(204, { 'Cache-Control': 'no-store' });
}

/**
 * Answers the client of a run that has never begun, or is kept no longer: as one of a finished
 * source, unless the route says otherwise.
 *
 * @throws PushwireError `run-unknown`.
 */
export function answerUnknownRun<Request>(exchange: Exchange<Request>, unknownRun: UnknownRun | undefined): undefined {
  if (unknownRun === 404) throw new PushwireError('run-unknown', 'There is no such run.', { status: 404 });
  return answerFinished(exchange);
}

/** Answers 503 with `Retry-After` to polls, POSTs and handshakes. Streams get `pushwire:retry`. */
export function answerRetryLater<Request>(
  exchange: Exchange<Request>,
  engine: Engine,
  transport: TransportName | 'post',
  reason: HubRefusal,
  retry = engine.settings.retry,
): undefined {
  engine.observer.refused(transport, reason);
  setRetryAfter(exchange, Math.ceil(retry / 1000));
  exchange.answers.answer(503, { 'Cache-Control': 'no-store' }, Buffer.from(`${sentences[reason]}\n`));
}

/** Sets `Retry-After`, so that pages of other origins can read it too (Fetch Standard, 3.2.3). */
export function setRetryAfter<Request>({ incoming, response }: Exchange<Request>, seconds: number): void {
  response.setHeader('Retry-After', String(seconds));
  if (incoming.headers.origin === undefined) return;
  const exposed = response.getHeader('Access-Control-Expose-Headers');
  response.setHeader('Access-Control-Expose-Headers', exposed ? `${exposed}, Retry-After` : 'Retry-After');
}

const sentences: Record<HubRefusal, string> = {
  draining: 'The server is closing.',
  full: 'The server is full.',
  unavailable: 'The server is temporarily unavailable.',
};

/** Answers with a status and one sentence. */
export function answerRefusal<Request>({ answers }: Exchange<Request>, status: number, sentence: string): undefined {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  answers.answer(status, { ...headers, 'Cache-Control': 'no-store' }, Buffer.from(`${sentence}\n`));
}
