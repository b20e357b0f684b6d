import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { Exchange } from './exchange';

/**
 * Finds the reason to refuse a client, or `undefined` to accept it. Notes the client's key where
 * clients are told apart.
 */
export function findRefusal<Request>(engine: Engine, exchange: Exchange<Request>): HubRefusal | undefined {
  if (engine.isClosed) return 'draining';
  const { sink } = exchange;
  // The key is read once: it is the app's function, and after a handshake its errors would have no request.
  if (engine.admission.tellsApart) sink.client ??= clientKeyOf(engine, exchange);
  return engine.admission.admits(sink.client) ? undefined : 'full';
}

/** The key by which the app or its framework tells a client apart from others. */
export function clientKeyOf<Request>(
  engine: Engine,
  { request, incoming, framework }: Exchange<Request>,
): string | undefined {
  const keyOf = engine.clientKey ?? (framework.addressOf as ((request: unknown) => string | undefined) | undefined);
  return keyOf ? keyOf(request) : incoming.socket.remoteAddress;
}

/** Answers "finished, do not come back": 204 is the one status that EventSource reads so (HTML Standard, 9.2.3). */
export function answerFinished<Request>({ answers }: Exchange<Request>): undefined {
  answers.answer(204, { 'Cache-Control': 'no-store' });
}

/** Answers 503, for requests that are neither a stream nor a WebSocket yet. */
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
  unavailable: 'The server cannot reach what it serves.',
};

/** Answers with a status and one sentence. */
export function answerRefusal<Request>({ answers }: Exchange<Request>, status: number, sentence: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  answers.answer(status, { ...headers, 'Cache-Control': 'no-store' }, Buffer.from(`${sentence}\n`));
}
