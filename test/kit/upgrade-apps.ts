import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { UpgradeOptions } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import koaSession from 'koa-session';
import { certificate } from './certificate';

/** What both adapters give. */
export type Adapter = Pick<typeof forExpress, 'push' | 'sse' | 'webSocket' | 'rawWebSocket'>;

/** A request as steps of either framework see it. */
export interface Visitor {
  readonly path: string;
  readonly query: URLSearchParams;
  setHeader(name: string, value: string): void;
  /** What the session remembers of this client, which is counted up. */
  visits?(): number;
}

/** What a step does: it answers, or lets the next one look (`undefined`), at once or later. */
export type Step = (visitor: Visitor) => Answer | undefined | Promise<Answer | undefined>;
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** An app: steps that see every request, then routes, which are middleware of the adapter. */
export interface AppParts {
  readonly steps?: readonly Step[];
  routes(adapter: Adapter): Record<string, unknown>;
  readonly upgrades?: UpgradeOptions;
  /** A server that another app has, too. Default: its own. */
  readonly server?: Server;
  readonly unaccepted?: boolean;
  readonly withSessions?: boolean;
  /** Middleware that hooks into responses, of the framework's own. */
  readonly around?: readonly unknown[];
}

/** An app that takes upgrades, on a free port of this machine. */
export interface RunningApp {
  readonly url: string;
  readonly server: Server;
  /** What reached the framework's error handling. */
  readonly errors: unknown[];
  /** Sockets that are open on the server. */
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

type Made = { listener: RequestListener; accept(server: Server, options?: UpgradeOptions): void; errors: unknown[] };

function express(version: 'express' | 'express4') {
  return ({ steps = [], routes, withSessions, around = [] }: AppParts): Made => {
    const errors: unknown[] = [];
    const app = (require(version) as typeof import('express'))();
    for (const each of around) app.use(each as RequestHandler);
    if (withSessions) app.use(session({ secret: 'x', resave: false, saveUninitialized: false }));
    for (const step of steps) {
      app.use((request: Request & { session?: { visits?: number } }, response, next) => {
        const visitor: Visitor = {
          path: request.path,
          query: new URLSearchParams(request.url.split('?')[1]),
          setHeader: (name, value) => response.append(name, value),
          visits: () => {
            const own = request.session as { visits?: number };
            own.visits = (own.visits ?? 0) + 1;
            return own.visits;
          },
        };
        (async () => {
          const answer = await step(visitor);
          if (answer === undefined) return next();
          response
            .status(answer.status)
            .set(answer.headers ?? {})
            .send(answer.body ?? '');
        })().catch(next);
      });
    }
    for (const [path, route] of Object.entries(routes(forExpress))) app.get(path, route as RequestHandler);
    app.use(((error, _request, response, _next) => {
      errors.push(error);
      response.status(error.status ?? 500).send(`failed: ${error.message}`);
    }) as import('express').ErrorRequestHandler);
    return { listener: app, accept: (server, options) => forExpress.acceptUpgrades(server, app, options), errors };
  };
}

function koa(version: 'koa' | 'koa2') {
  return ({ steps = [], routes, withSessions, around = [] }: AppParts): Made => {
    const errors: unknown[] = [];
    const loaded = require(version) as { default?: typeof import('koa') } & typeof import('koa');
    const app = new (loaded.default ?? loaded)();
    app.keys = ['x'];
    app.on('error', (error) => errors.push(error));
    for (const each of around) app.use(each as import('koa').Middleware);
    if (withSessions) app.use(koaSession({ key: 'koa.sess' }, app as never) as never);
    for (const step of steps) {
      app.use(async (ctx, next) => {
        const visitor: Visitor = {
          path: ctx.path,
          query: ctx.URL.searchParams,
          setHeader: (name, value) => ctx.append(name, value),
          visits: () => {
            const own = ctx.session as unknown as { visits?: number };
            own.visits = (own.visits ?? 0) + 1;
            return own.visits;
          },
        };
        const answer = await step(visitor);
        if (answer === undefined) return next();
        ctx.status = answer.status;
        ctx.set(answer.headers ?? {});
        ctx.body = answer.body ?? '';
      });
    }
    const made = routes(forKoa as unknown as Adapter) as Record<string, import('koa').Middleware>;
    app.use((ctx, next) => made[ctx.path]?.(ctx, next) ?? next());
    return {
      listener: app.callback(),
      accept: (server, options) => forKoa.acceptUpgrades(server, app, options),
      errors,
    };
  };
}

function starter(make: (parts: AppParts) => Made, secure: boolean) {
  return async (parts: AppParts): Promise<RunningApp> => {
    const { listener, accept, errors } = make(parts);
    const server = parts.server ?? (secure ? createHttpsServer(certificate, listener) : createServer(listener));
    const sockets = new Set<Socket>();
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    if (!parts.unaccepted) accept(server, parts.upgrades);
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
      server,
      errors,
      sockets,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of sockets) socket.destroy();
        }),
    };
  };
}

const frameworks = [
  ['Express 4', express('express4')],
  ['Express 5', express('express')],
  ['Koa 2', koa('koa2')],
  ['Koa 3', koa('koa')],
] as const;

/** Every way to take upgrades over HTTP/1.1; conformance suites run over all of them. */
export const upgradeApps = frameworks.flatMap(([name, make]) => [
  { name, secure: false, isKoa: name.startsWith('Koa'), start: starter(make, false) },
  { name: `${name} over TLS`, secure: true, isKoa: name.startsWith('Koa'), start: starter(make, true) },
]);
