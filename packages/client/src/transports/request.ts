import type { Link, Outcome, TransportListener } from './transport.js';

/** What is larger than a client takes. */
const isTooLarge = (error: unknown) => error instanceof RangeError;

/** What was no JSON, or no frame. */
const isBadData = (error: unknown) => error instanceof SyntaxError;

/**
 * A connection that is made of requests: runs `talk` until it is over, and tells how. What the network throws is an outcome,
 * and no error.
 */
export function requesting(listener: TransportListener, talk: (signal: AbortSignal) => Promise<Outcome>): Link {
  const controller = new AbortController();
  const { signal } = controller;
  const over = (outcome: Outcome) => {
    if (signal.aborted) return;
    controller.abort();
    listener.over(outcome);
  };
  talk(signal).then(over, (cause) =>
    over({
      cause,
      ...(isTooLarge(cause) ? { problem: 'too-large' } : isBadData(cause) ? { problem: 'bad-data' } : {}),
    }),
  );
  return { close: () => controller.abort() };
}

/** Reads a body as its bytes come, until it ends or the connection is closed. */
export async function readBody(
  { body }: Response,
  signal: AbortSignal,
  listener: Pick<TransportListener, 'alive'>,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    listener.alive();
    take(value);
  }
}

/** What an answer that brings no messages says; `undefined` for one that does. */
export function refusalIn(response: Response, type: string): Outcome | undefined {
  const { status, headers } = response;
  const after = headers.get('retry-after');
  const retry = after ? (Number(after) || (Date.parse(after) - Date.now()) / 1000) * 1000 : Number.NaN;
  if (status !== 200) return { status, ...(retry > 0 && { retry }) };
  return headers.get('content-type')?.startsWith(type) ? undefined : { problem: 'bad-data' };
}
