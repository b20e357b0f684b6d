import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { Exchange } from './exchange';

/** AnswerTarget 204, which tells an EventSource not to reconnect (HTML Standard, 9.2.3). */
export function answerFinished<Request>({ answers }: Exchange<Request>): undefined {
  answers.answer(204, { 'Cache-Control': 'no-store' });
}

/** Answers 503 with `Retry-After` to polls, POSTs and handshakes. Streams get `pushwire:retry`. */
export function answerRetryLater<Request>(
  { answers }: Exchange<Request>,
  engine: Engine,
  transport: TransportName | 'post',
  reason: HubRefusal,
  retry = engine.settings.retry,
): undefined {
  engine.observer.refused(transport, reason);
  const headers = { 'Retry-After': String(Math.ceil(retry / 1000)), 'Cache-Control': 'no-store' };
  answers.answer(503, headers, Buffer.from(`${sentences[reason]}\n`));
}

const sentences: Record<HubRefusal, string> = {
  draining: 'The server is closing.',
  full: 'The server is full.',
  unavailable: 'The server is temporarily unavailable.',
};

/** AnswerTarget with a status and one sentence. */
export function answerRefusal<Request>({ answers }: Exchange<Request>, status: number, sentence: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  answers.answer(status, { ...headers, 'Cache-Control': 'no-store' }, Buffer.from(`${sentence}\n`));
}
