import { inspect, types } from 'node:util';
import type { Framework, Serve, ServedConnection } from '@pushwire/core';
import type { Middleware, ParameterizedContext } from 'koa';
import { WebSocketServer } from 'ws';

/** Makes middleware that settles when the connection is closed. */
export function middleware<C extends ParameterizedContext>(serve: Serve<C>): Middleware {
  return (ctx) => {
    ignoreResets(ctx);
    return serve(ctx.req, ctx.res, ctx as C).then(untilClosed);
  };
}

/** Makes middleware for polls, whose `serve` itself settles when they are answered. */
export function pollMiddleware<C extends ParameterizedContext>(serve: Serve<C>): Middleware {
  return (ctx) => {
    ignoreResets(ctx);
    return serve(ctx.req, ctx.res, ctx as C);
  };
}

/** Not async, since each idle stream would hold a paused function. */
const untilClosed = (connection: ServedConnection | undefined): Promise<void> | undefined =>
  connection?.closed.then(nothing);

const nothing = (): void => {};

/**
 * Emits an error event of the app. Koa's own listener accepts errors only, so other values are
 * wrapped.
 */
function emitError(thrown: unknown, ctx: ParameterizedContext): void {
  const error =
    types.isNativeError(thrown) || thrown instanceof Error ? thrown : new Error(`thrown: ${inspect(thrown)}`);
  ctx.app.emit('error', error, ctx);
}

/**
 * Ignores the error of a socket that the client has reset. Koa makes an app error of it, but many
 * clients leave a stream that way. All other errors go to Koa.
 */
export function ignoreResets(ctx: ParameterizedContext): void {
  const { onerror } = ctx;
  // Most requests share one function, since a held poll keeps what is made for it.
  if (onerror === ctx.app.context.onerror) ctx.onerror = onErrorButResets;
  else {
    const handleError: typeof onerror = (error) => {
      if (!isReset(ctx, error)) onerror.call(ctx, error);
    };
    ctx.onerror = handleError;
  }
}

function onErrorButResets(this: ParameterizedContext, error: Error): void {
  if (!isReset(this, error)) this.app.context.onerror.call(this, error);
}

const isReset = (ctx: ParameterizedContext, error: unknown) => Boolean(error) && error === ctx.req.socket.errored;

/** A request whose body a parser has read. */
type Parsed = { readonly body?: unknown; readonly rawBody?: unknown };

function addressWarning({ app }: ParameterizedContext): string | undefined {
  const isChosen = app.proxy && !app.maxIpsCount && /^x-forwarded-for$/i.test(app.proxyIpHeader);
  if (!isChosen) return undefined;
  return "with Koa's proxy but without its maxIpsCount, a client chooses its address by X-Forwarded-For.";
}

/** Statuses whose answers have no body (RFC 9110, 6.4.1). Koa sees to that itself. */
const isBodiless = (status: number) => status === 204 || status === 304;

/** The parts of Koa that the core uses, and the WebSocket library. */
export const framework: Framework<ParameterizedContext> = {
  onError: emitError,
  // Koa waits for the end of each response.
  detachWhenIdle: 'request',
  WebSocketServer,
  addressOf: (ctx) => ctx.ip,
  addressWarning,
  originOf: (ctx) => `${ctx.protocol}://${ctx.host}`,
  // Some parsers keep the text of the body, too.
  bodyOf: ({ request }) => (request as Parsed).rawBody ?? (request as Parsed).body,
  answer({ res, response }, status, body) {
    if (body) response.body = body;
    // Koa makes a 204 of any status then.
    else if (!isBodiless(status)) response.body = null;
    if (res.statusCode !== status) response.status = status;
  },
};
