import type { HubRefusal } from '../delivery/close-reason';
import type { TransportName } from '../encoders/transport-name';
import type { Engine } from '../hub/engine';
import type { Exchange } from './exchange';

/**
 * Returns the reason to refuse a client, or `undefined` to accept it. Sets the client's key on the
 * sink where the hub limits the connections of each client.
 */
export function findRefusal<Request>(engine: Engine, exchange: Exchange<Request>): HubRefusal | undefined {
  if (engine.isClosed) return 'draining';
  const { sink } = exchange;
  // The key is read once. If the app's function threw after a handshake, no request could fail.
  if (engine.admission.tellsApart) sink.client ??= clientKeyOf(engine, exchange);
  return engine.admission.admits(sink.client) ? undefined : 'full';
}

/** Returns the key that distinguishes a client from others: the app's, or the client's address. */
export function clientKeyOf<Request>(
  engine: Engine,
  { request, incoming, framework }: Exchange<Request>,
): string | undefined {
  const keyOf = engine.clientKey ?? (framework.addressOf as ((request: unknown) => string | undefined) | undefined);
  return keyOf ? keyOf(request) : incoming.socket.remoteAddress;
}

/** Answers 204, which tells an EventSource not to reconnect (HTML Standard, 9.2.3). */
export function answerFinished<Request>({ answers }: Exchange<Request>): undefined {
  answers.answer(204, { 'Cache-Control': 'no-store' });
}

/** Answers 503 with `Retry-After` to a request that is neither a stream nor a WebSocket yet. */
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

/** Answers with a status and one sentence. */
export function answerRefusal<Request>({ answers }: Exchange<Request>, status: number, sentence: string): void {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
  answers.answer(status, { ...headers, 'Cache-Control': 'no-store' }, Buffer.from(`${sentence}\n`));
}
