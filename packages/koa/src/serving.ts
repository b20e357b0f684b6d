import { inspect, types } from 'node:util';
import type { Framework, Serve } from '@pushwire/core';
import type { Middleware, ParameterizedContext } from 'koa';
import { WebSocketServer } from 'ws';

export function middleware<C extends ParameterizedContext>(serve: Serve<C>): Middleware {
  return async (ctx) => {
    ignoreResets(ctx);
    const connection = await serve(ctx.req, ctx.res, ctx as C);
    await connection?.closed;
  };
}

/** Koa's own listener takes nothing but errors. */
function emitError(thrown: unknown, ctx: ParameterizedContext): void {
  const error =
    types.isNativeError(thrown) || thrown instanceof Error ? thrown : new Error(`thrown: ${inspect(thrown)}`);
  ctx.app.emit('error', error, ctx);
}

/**
 * Koa makes an app error of a connection that the client resets, which is how many clients of a stream leave. Whatever
 * else is thrown goes its ordinary way.
 */
function ignoreResets(ctx: ParameterizedContext): void {
  const { onerror } = ctx;
  ctx.onerror = (error) => {
    if (!error || error !== ctx.req.socket.errored) onerror.call(ctx, error);
  };
}

/** A request whose body a parser has read. */
type Parsed = { readonly body?: unknown; readonly rawBody?: unknown };

/** What Koa gives, and what stands beside it. */
export const framework: Framework<ParameterizedContext> = {
  onError: emitError,
  WebSocketServer,
  addressOf: (ctx) => ctx.ip,
  // The text itself, where a parser has kept it.
  bodyOf: ({ request }) => (request as Parsed).rawBody ?? (request as Parsed).body,
  answer(ctx, status, body) {
    ctx.status = status;
    ctx.body = body ?? null;
  },
};
