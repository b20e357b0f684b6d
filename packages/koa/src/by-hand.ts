import { type Framework, type OpenStream, type OpenStreamOptions, openStream as openStreamFor } from '@pushwire/core';
import type { ParameterizedContext } from 'koa';
import { framework, ignoreResets } from './framework';

/** The response is the app's from here on, so that it stays open when the middleware returns. */
const { answer: _answer, ...byHand } = framework;

/**
 * Opens a stream that the app writes to by hand, over the transport that the client asks for or
 * that `options` names. The head is sent at once. The stream stays open when the middleware
 * returns. If the middleware throws later, the stream closes with `failed`. A header that other
 * middleware sets later is too late: the app gets an `error` event, and the stream goes on.
 *
 * A client that has left, or that the hub refuses, gets a stream that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status` for a request that gets no stream: `not-acceptable`,
 * `bad-request`, `forbidden` and others. Koa answers with it.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { openStream } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const router = new Router();
 * router.get('/ticks', async (ctx) => {
 *   const stream = await openStream(ctx);
 *   const timer = setInterval(() => stream.send({ now: Date.now() }, { event: 'tick' }), 1000);
 *   stream.closed.then(() => clearInterval(timer));
 * });
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export async function openStream<C extends ParameterizedContext>(
  ctx: C,
  options?: OpenStreamOptions<C>,
): Promise<OpenStream> {
  checkContext('openStream', ctx);
  ignoreResets(ctx);
  const { respond } = ctx;
  // At once, since the middleware may return without waiting for the stream.
  ctx.respond = false;
  try {
    const stream = await openStreamFor(ctx.req, ctx.res, options, ctx, byHand as Framework<C>);
    onLaterError(ctx, (error) => {
      if (!isTooLateForHead(error)) stream.close('failed');
    });
    return stream;
  } catch (error) {
    ctx.respond = respond;
    throw error;
  }
}

/** True for the error of middleware that sets a header after the head is sent. */
function isTooLateForHead(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_HTTP_HEADERS_SENT';
}

/** Without types, Node's request and response may be given, as for Express. */
export function checkContext(owner: string, ctx: ParameterizedContext): void {
  const isContext = typeof ctx === 'object' && ctx !== null && 'app' in ctx && 'res' in ctx;
  if (!isContext) throw new TypeError(`${owner} ctx: expected Koa's context`);
}

/** Calls a listener when Koa has handled an error that middleware throws from here on. */
export function onLaterError(ctx: ParameterizedContext, listener: (error: unknown) => void): void {
  const { onerror } = ctx;
  const handleError: typeof onerror = (error) => {
    onerror.call(ctx, error);
    // A client that resets its socket has left.
    if (error && error !== ctx.req.socket.errored) listener(error);
  };
  ctx.onerror = handleError;
}
