import { createServer, type RequestListener, type Server } from 'node:http';
import type { Hub } from '@pushwire/core';
import * as forExpress from '@pushwire/express';
import * as forKoa from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';

/** Serves states by `/state/:name` and presences by `/room/:name`, whose query may have a member. */
export function serverOf(framework: 'express' | 'koa', hub: Hub): Server {
  const [listener, accept] = framework === 'express' ? expressApp(hub) : koaApp(hub);
  const server = createServer(listener);
  accept(server);
  return server;
}

/** The member that a client is. */
const memberOf = (room: string, { id, w }: { readonly id?: unknown; readonly w?: unknown }) =>
  id === undefined ? undefined : { channel: room, id: String(id), data: { w: Number(w) } };

const polls = { poll: { interval: 100 } };

function expressApp(hub: Hub): [RequestListener, (server: Server) => void] {
  const app = express();
  app.get(
    '/state/:name',
    forExpress.push(({ params }) => hub.state(String(params.name)), polls),
  );
  app.get(
    '/room/:name',
    forExpress.push(({ params }) => hub.presence(String(params.name)), {
      ...polls,
      presence: ({ params, query }) => memberOf(String(params.name), query),
    }),
  );
  return [app, (server) => forExpress.acceptUpgrades(server, app)];
}

function koaApp(hub: Hub): [RequestListener, (server: Server) => void] {
  const app = new Koa();
  // It would print the error of each connection that is cut.
  app.silent = true;
  const nameOf = ({ path }: { readonly path: string }) => path.split('/')[2] as string;
  const state = forKoa.push((ctx) => hub.state(nameOf(ctx)), polls);
  const room = forKoa.push((ctx) => hub.presence(nameOf(ctx)), {
    ...polls,
    presence: (ctx) => memberOf(nameOf(ctx), ctx.query),
  });
  app.use((ctx, next) => (ctx.path.startsWith('/state/') ? state : room)(ctx, next));
  return [app.callback(), (server) => forKoa.acceptUpgrades(server, app)];
}
