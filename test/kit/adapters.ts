import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import {
  acceptUpgrades as acceptBare,
  type OpenPoll,
  type OpenPollOptions,
  type OpenStream,
  type OpenStreamOptions,
  openStream as openBare,
  openPoll as openBarePoll,
  type PushOptions,
  type Source,
  type SseOptions,
  servePush,
  serveSse,
} from '@pushwire/core';
import {
  acceptUpgrades as acceptExpress,
  push as expressPush,
  sse as expressSse,
  openStream as openExpress,
  openPoll as openExpressPoll,
} from '@pushwire/express';
import {
  acceptUpgrades as acceptKoa,
  push as koaPush,
  sse as koaSse,
  openStream as openKoa,
  openPoll as openKoaPoll,
} from '@pushwire/koa';
import type { Request, RequestHandler } from 'express';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Context, Middleware } from 'koa';
import { WebSocketServer } from 'ws';
import {
  acceptUpgrades as acceptFastify,
  push as fastifyPush,
  sse as fastifySse,
  openStream as openFastify,
  openPoll as openFastifyPoll,
} from '../../examples/fastify/adapter';

/** A route of the conformance suite. The app sets `headers` before the middleware runs. */
export interface Route {
  /** Required unless the app writes by hand. */
  readonly source?: Source<unknown> | undefined;
  /** A handler that writes by hand, instead of a source. */
  readonly byHand?: (openers: Openers, incoming: IncomingMessage) => unknown;
  readonly options?: SseOptions<unknown>;
  /** Serves every transport, with these options, instead of `sse()`. */
  readonly push?: PushOptions<unknown>;
  readonly headers?: Record<string, string>;
  /** True when the app sends the head before the middleware runs. */
  readonly flush?: boolean;
  /** Middleware in front of the route. */
  readonly around?: (incoming: Pick<IncomingMessage, 'headers'>, next: () => unknown) => unknown;
}

/** Opens what an app writes by hand, for the request of a handler. */
export interface Openers {
  openStream(options?: OpenStreamOptions<unknown>): Promise<OpenStream>;
  openPoll(options?: OpenPollOptions<unknown>): Promise<OpenPoll>;
}

/** An app that listens on a free port of this machine. */
export interface Running {
  readonly url: string;
  readonly server: Server | Http2Server;
  /** Errors that reached the framework's error handling. */
  readonly errors: unknown[];
  /** Paths whose code after `await next()` has run, for frameworks that have it. */
  readonly finished: string[];
  /** Adds a route while the app runs, and returns its path. */
  serve(route: Route): string;
  close(): Promise<void>;
}

/** One way to mount Pushwire. */
export interface Adapter {
  readonly name: string;
  readonly http2: boolean;
  /** True when middleware may have code after `await next()`. */
  readonly hasAfterPart: boolean;
  start(routes?: Record<string, Route>): Promise<Running>;
}

type Listener = {
  listener: RequestListener;
  /** Adds a route. */
  mount(path: string, route: Route): void;
  accept(server: Server): void;
  errors: unknown[];
  finished: string[];
};

const statusOf = (error: unknown): number => (error as { status?: number }).status ?? 500;

const bareFramework = { WebSocketServer };

function bare(): Listener {
  const errors: unknown[] = [];
  const routes = new Map<string, Route>();
  const served = new Map<string, ReturnType<typeof serveSse>>();
  const mount = (path: string, route: Route) => {
    routes.set(path, route);
    const { source, options, push, byHand } = route;
    if (byHand) {
      served.set(path, async (request, response) => {
        const openStream = (of?: OpenStreamOptions<unknown>) =>
          openBare(request, response, of as OpenStreamOptions<IncomingMessage>, request, bareFramework);
        const openPoll = (of?: OpenPollOptions<unknown>) =>
          openBarePoll(request, response, of as OpenPollOptions<IncomingMessage>, request, bareFramework);
        await byHand({ openStream, openPoll }, request);
        return undefined;
      });
    } else if (source) served.set(path, push ? servePush(source, push, bareFramework) : serveSse(source, options));
  };
  const listener: RequestListener = (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const route = routes.get(path);
    for (const [name, value] of Object.entries(route?.headers ?? {})) response.setHeader(name, value);
    if (route?.flush) response.flushHeaders();
    const serve = () =>
      served
        .get(path)?.(request, response, request)
        .catch((error) => {
          errors.push(error);
          response.statusCode = statusOf(error);
          response.end();
        });
    route?.around ? route.around(request, serve) : serve();
  };
  const accept = (server: Server) => acceptBare(server, { run: listener, endsResponses: false });
  return { listener, mount, accept, errors, finished: [] };
}

function express(version: 'express' | 'express4') {
  return (): Listener => {
    const errors: unknown[] = [];
    const loaded = require(version) as typeof import('express');
    const [app, router] = [loaded(), loaded.Router()];
    const mount = (path: string, route: Route) => {
      const setHeaders: RequestHandler = (request, response, next) => {
        response.set(route.headers ?? {});
        if (route.flush) response.flushHeaders();
        route.around ? route.around(request, next) : next();
      };
      const source = route.source as Source<Request>;
      const { byHand } = route;
      const writeByHand: RequestHandler = (request, response, next) => {
        const openStream = (of?: OpenStreamOptions<unknown>) =>
          openExpress(request, response, of as OpenStreamOptions<Request>);
        const openPoll = (of?: OpenPollOptions<unknown>) =>
          openExpressPoll(request, response, of as OpenPollOptions<Request>);
        Promise.resolve(byHand?.({ openStream, openPoll }, request)).catch(next);
      };
      const middleware = byHand
        ? writeByHand
        : route.push
          ? expressPush(source, route.push as PushOptions<Request>)
          : expressSse(source, route.options as SseOptions<Request>);
      router.all(path, setHeaders, middleware);
    };
    app.use(router);
    app.use(((error, _request, response, _next) => {
      errors.push(error);
      if (!response.headersSent) response.status(statusOf(error));
      response.end();
    }) as import('express').ErrorRequestHandler);
    return { listener: app, mount, accept: (server) => acceptExpress(server, app), errors, finished: [] };
  };
}

function koa(version: 'koa' | 'koa2') {
  return (): Listener => {
    const [errors, finished]: [unknown[], string[]] = [[], []];
    const loaded = require(version) as { default?: typeof import('koa') } & typeof import('koa');
    const app = new (loaded.default ?? loaded)();
    app.on('error', (error) => errors.push(error));
    const routes = new Map<string, Route>();
    const mounted = new Map<string, Middleware>();
    const mount = (path: string, route: Route) => {
      routes.set(path, route);
      const source = route.source as Source<Context>;
      const { byHand } = route;
      const middleware = byHand
        ? (ctx: Context) =>
            byHand(
              {
                openStream: (of) => openKoa(ctx, of as OpenStreamOptions<Context>),
                openPoll: (of) => openKoaPoll(ctx, of as OpenPollOptions<Context>),
              },
              ctx.req,
            ) as Promise<void>
        : route.push
          ? koaPush(source, route.push as PushOptions<Context>)
          : koaSse(source, route.options as SseOptions<Context>);
      mounted.set(path, middleware);
    };
    app.use(async (ctx, next) => {
      const route = routes.get(ctx.path);
      ctx.set(route?.headers ?? {});
      if (route?.flush) ctx.res.flushHeaders();
      await (route?.around ? route.around(ctx.req, next) : next());
      finished.push(ctx.path);
    });
    app.use((ctx, next) => mounted.get(ctx.path)?.(ctx, next));
    return { listener: app.callback(), mount, accept: (server) => acceptKoa(server, app), errors, finished };
  };
}

function fastify(): Listener {
  const errors: unknown[] = [];
  const app = Fastify();
  app.setErrorHandler((error, _request, reply) => {
    errors.push(error);
    if (!reply.raw.headersSent) return reply.code(statusOf(error)).send();
    reply.hijack();
    reply.raw.end();
  });
  // Bodies are left to Pushwire.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  const routes = new Map<string, Route>();
  const handlers = new Map<string, ReturnType<typeof fastifySse>>();
  const mount = (path: string, route: Route) => {
    routes.set(path, route);
    const source = route.source as Source<FastifyRequest>;
    const { byHand } = route;
    const handler = byHand
      ? (request: FastifyRequest, reply: FastifyReply) =>
          byHand(
            {
              openStream: (of) => openFastify(request, reply, of as OpenStreamOptions<FastifyRequest>),
              openPoll: (of) => openFastifyPoll(request, reply, of as OpenPollOptions<FastifyRequest>),
            },
            request.raw,
          ) as Promise<void>
      : route.push
        ? fastifyPush(source, route.push as PushOptions<FastifyRequest>)
        : fastifySse(source, route.options as SseOptions<FastifyRequest>);
    handlers.set(path, handler);
  };
  app.all('/*', async (request, reply) => {
    const path = request.url.split('?')[0] as string;
    const { headers = {}, flush, around } = routes.get(path) as Route;
    reply.headers(headers);
    if (flush) reply.raw.flushHeaders();
    const serve = () => handlers.get(path)?.(request, reply);
    await (around ? around(request.raw, serve) : serve());
  });
  const ready = app.ready();
  const listener: RequestListener = async (request, response) => {
    await ready;
    app.routing(request, response);
  };
  const accept = (server: Server) =>
    acceptFastify(new Proxy(app, { get: (target, key) => (key === 'server' ? server : Reflect.get(target, key)) }));
  return { listener, mount, accept, errors, finished: [] };
}

function adapter(name: string, make: () => Listener, { http2 = false } = {}): Adapter {
  return {
    name,
    http2,
    hasAfterPart: name.startsWith('Koa'),
    async start(routes = {}) {
      const { listener, mount, accept, errors, finished } = make();
      for (const [path, route] of Object.entries(routes)) mount(path, route);
      let count = 0;
      const serve = (route: Route) => {
        const path = `/route-${++count}`;
        mount(path, route);
        return path;
      };
      const server = http2 ? createHttp2Server(listener as never) : createServer(listener);
      accept(server as Server);
      const sockets = new Set<Socket>();
      server.on('connection', (socket: Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return {
        url: `http://127.0.0.1:${port}`,
        server,
        errors,
        finished,
        serve,
        close: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
            // After an aborted request `fetch` opens a connection in advance, which would hold up
            // the server for 4 s.
            for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
          }),
      };
    },
  };
}

/** Every way to mount Pushwire; conformance suites run over all of them. */
export const adapters: readonly Adapter[] = [
  adapter('node:http', bare),
  adapter('Express 4', express('express4')),
  adapter('Express 5', express('express')),
  adapter('Fastify', fastify),
  adapter('Koa 2', koa('koa2')),
  adapter('Koa 3', koa('koa')),
  adapter('Koa 3 on HTTP/2', koa('koa'), { http2: true }),
];
