import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Run } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';

type RunOf = (id: string) => Run;
type ServeLoop = (id: string, cursor: string | undefined, response: ServerResponse) => Promise<void>;

/** Serves runs by `/sse/:id`, `/push/:id`, and `/loop/:id` for what a loop in the node gets. */
export function serverOf(framework: 'express' | 'koa', runOf: RunOf, serveLoop: ServeLoop): Server {
  const [listener, accept] = framework === 'express' ? expressApp(runOf, serveLoop) : koaApp(runOf, serveLoop);
  const server = createServer(listener);
  accept(server);
  return server;
}

function expressApp(runOf: RunOf, serveLoop: ServeLoop): [RequestListener, (server: Server) => void] {
  const app = express();
  app.get(
    '/sse/:id',
    forExpress.sse(({ params }) => runOf(String(params.id))),
  );
  app.get(
    '/push/:id',
    forExpress.push(({ params }) => runOf(String(params.id))),
  );
  app.get('/loop/:id', ({ params, query }, response) => {
    void serveLoop(params.id, query.cursor as string | undefined, response);
  });
  return [app, (server) => forExpress.acceptUpgrades(server, app)];
}

function koaApp(runOf: RunOf, serveLoop: ServeLoop): [RequestListener, (server: Server) => void] {
  const app = new Koa();
  // It would print the error of each connection that is cut.
  app.silent = true;
  const idOf = ({ path }: { readonly path: string }) => path.split('/')[2] as string;
  const routes: Readonly<Record<string, Koa.Middleware>> = {
    sse: forKoa.sse((ctx) => runOf(idOf(ctx))),
    push: forKoa.push((ctx) => runOf(idOf(ctx))),
    loop(ctx) {
      ctx.respond = false;
      void serveLoop(idOf(ctx), ctx.query.cursor as string | undefined, ctx.res);
    },
  };
  app.use((ctx, next) => routes[ctx.path.split('/')[1] as string]?.(ctx, next));
  return [app.callback(), (server) => forKoa.acceptUpgrades(server, app)];
}
