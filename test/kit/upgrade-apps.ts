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

/** The functions that both adapters export. */
export type Adapter = Pick<typeof forExpress, 'push' | 'sse' | 'webSocket' | 'rawWebSocket'>;

/** A request as steps of either framework see it. */
export interface Visitor {
  readonly path: string;
  readonly query: URLSearchParams;
  setHeader(name: string, value: string): void;
  /** Counts up a number in the client's session, and returns it. */
  visits?(): number;
}

/** A step answers, or returns `undefined` and lets the next step look, at once or later. */
export type Step = (visitor: Visitor) => Answer | undefined | Promise<Answer | undefined>;
export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** The parts of an app: steps that see every request, then routes with the adapter's middleware. */
export interface AppParts {
  readonly steps?: readonly Step[];
  routes(adapter: Adapter): Record<string, unknown>;
  readonly upgrades?: UpgradeOptions;
  /** A server that is shared with another app. Defaults to a server of its own. */
  readonly server?: Server;
  readonly unaccepted?: boolean;
  readonly withSessions?: boolean;
  /** The framework's own middleware that hooks into responses. */
  readonly around?: readonly unknown[];
}

/** An app that accepts upgrades, on a free local port. */
export interface RunningApp {
  readonly url: string;
  readonly server: Server;
  /** Errors that reached the framework's error handling. */
  readonly errors: unknown[];
  /** The open sockets of the server. */
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
            const session = request.session as { visits?: number };
            session.visits = (session.visits ?? 0) + 1;
            return session.visits;
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
            const session = ctx.session as unknown as { visits?: number };
            session.visits = (session.visits ?? 0) + 1;
            return session.visits;
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

/** Every way to accept upgrades over HTTP/1.1. Conformance suites run over all of them. */
export const upgradeApps = frameworks.flatMap(([name, make]) => [
  { name, secure: false, isKoa: name.startsWith('Koa'), start: starter(make, false) },
  { name: `${name} over TLS`, secure: true, isKoa: name.startsWith('Koa'), start: starter(make, true) },
]);
