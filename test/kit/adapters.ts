import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  acceptUpgrades as acceptBare,
  type PushOptions,
  type Source,
  type SseOptions,
  servePush,
  serveSse,
} from '@pushwire/core';
import { acceptUpgrades as acceptExpress, push as expressPush, sse as expressSse } from '@pushwire/express';
import { acceptUpgrades as acceptKoa, push as koaPush, sse as koaSse } from '@pushwire/koa';
import type { Request, RequestHandler } from 'express';
import type { Context, Middleware } from 'koa';
import { WebSocketServer } from 'ws';

/** What a route of the conformance suite serves; `headers` are what the app set before. */
export interface Route {
  readonly source: Source<unknown>;
  readonly options?: SseOptions<unknown>;
  /** Serve every transport, with these options, in the place of `sse()`. */
  readonly push?: PushOptions<unknown>;
  readonly headers?: Record<string, string>;
  /** Whether the app sends the head before. */
  readonly flush?: boolean;
}

/** An app that listens on a free port of this machine. */
export interface Running {
  readonly url: string;
  readonly server: Server | Http2Server;
  /** What reached the framework's error handling. */
  readonly errors: unknown[];
  /** Paths whose middleware before `sse()` has run its second half, where the framework has such. */
  readonly finished: string[];
  close(): Promise<void>;
}

/** One way to mount Pushwire. */
export interface Adapter {
  readonly name: string;
  readonly http2: boolean;
  /** Whether middleware has a second half that runs after the stream. */
  readonly hasAfterPart: boolean;
  start(routes: Record<string, Route>): Promise<Running>;
}

type Listener = {
  listener: RequestListener;
  accept(server: Server): void;
  errors: unknown[];
  finished: string[];
};

const statusOf = (error: unknown): number => (error as { status?: number }).status ?? 500;

function bare(routes: Record<string, Route>): Listener {
  const errors: unknown[] = [];
  const served = new Map(
    Object.entries(routes).map(([path, route]) => [
      path,
      route.push ? servePush(route.source, route.push, { WebSocketServer }) : serveSse(route.source, route.options),
    ]),
  );
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    for (const [name, value] of Object.entries(routes[path]?.headers ?? {})) response.setHeader(name, value);
    if (routes[path]?.flush) response.flushHeaders();
    served
      .get(path)?.(request, response, request)
      .catch((error) => {
        errors.push(error);
        response.statusCode = statusOf(error);
        response.end();
      });
  };
  const accept = (server: Server) => acceptBare(server, { run: listener, endsResponses: false });
  return { listener, accept, errors, finished: [] };
}

function express(version: 'express' | 'express4') {
  return (routes: Record<string, Route>): Listener => {
    const errors: unknown[] = [];
    const app = (require(version) as typeof import('express'))();
    for (const [path, route] of Object.entries(routes)) {
      const setHeaders: RequestHandler = (_request, response, next) => {
        response.set(route.headers ?? {});
        if (route.flush) response.flushHeaders();
        next();
      };
      const source = route.source as Source<Request>;
      const middleware = route.push
        ? expressPush(source, route.push as PushOptions<Request>)
        : expressSse(source, route.options as SseOptions<Request>);
      app.all(path, setHeaders, middleware);
    }
    app.use(((error, _request, response, _next) => {
      errors.push(error);
      if (!response.headersSent) response.status(statusOf(error));
      response.end();
    }) as import('express').ErrorRequestHandler);
    return { listener: app, accept: (server) => acceptExpress(server, app), errors, finished: [] };
  };
}

function koa(version: 'koa' | 'koa2') {
  return (routes: Record<string, Route>): Listener => {
    const [errors, finished]: [unknown[], string[]] = [[], []];
    const loaded = require(version) as { default?: typeof import('koa') } & typeof import('koa');
    const app = new (loaded.default ?? loaded)();
    app.on('error', (error) => errors.push(error));
    const mounted = new Map<string, Middleware>();
    for (const [path, { source, options, push }] of Object.entries(routes)) {
      const own = source as Source<Context>;
      mounted.set(
        path,
        push ? koaPush(own, push as PushOptions<Context>) : koaSse(own, options as SseOptions<Context>),
      );
    }
    app.use(async (ctx, next) => {
      ctx.set(routes[ctx.path]?.headers ?? {});
      if (routes[ctx.path]?.flush) ctx.res.flushHeaders();
      await next();
      finished.push(ctx.path);
    });
    app.use((ctx, next) => mounted.get(ctx.path)?.(ctx, next));
    return { listener: app.callback(), accept: (server) => acceptKoa(server, app), errors, finished };
  };
}

function adapter(name: string, make: (routes: Record<string, Route>) => Listener, { http2 = false } = {}): Adapter {
  return {
    name,
    http2,
    hasAfterPart: name.startsWith('Koa'),
    async start(routes) {
      const { listener, accept, errors, finished } = make(routes);
      const server = http2 ? createHttp2Server(listener as never) : createServer(listener);
      accept(server as Server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return {
        url: `http://127.0.0.1:${port}`,
        server,
        errors,
        finished,
        close: () => new Promise((resolve) => server.close(() => resolve())),
      };
    },
  };
}

/** Every way to mount Pushwire; conformance suites run over all of them. */
export const adapters: readonly Adapter[] = [
  adapter('node:http', bare),
  adapter('Express 4', express('express4')),
  adapter('Express 5', express('express')),
  adapter('Koa 2', koa('koa2')),
  adapter('Koa 3', koa('koa')),
  adapter('Koa 3 on HTTP/2', koa('koa'), { http2: true }),
];
