import { createServer, type IncomingMessage, type Server } from 'node:http';
import { acceptUpgrades, push } from '@pushwire/express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { channelMethods, type Demo } from './demo';
import { Refusal, refusalOf } from './refusal';

/** Makes a server with the demo as an Express app. */
export function expressDemo(demo: Demo): Server {
  const app = express();
  app.disable('x-powered-by');
  // Koa makes no ETags either, so both apps answer the same.
  app.disable('etag');

  const admit = async (request: IncomingMessage, response: Response, next: NextFunction) => {
    if (await demo.admit(request, response)) next();
  };

  app.get(
    '/channels/:names',
    admit,
    push<Request<{ names: string }>>((request) => demo.channels(request.params.names), {
      onOpen: (connection, request) => demo.welcome(connection, request),
    }),
  );

  app.post('/channels/:name', async (request, response) => {
    response.status(202).json(await demo.publish(request.params.name, request));
  });

  app.all('/channels/:names', (request, response) => {
    response.set('Allow', channelMethods);
    throw new Refusal(405, `A channel answers ${channelMethods}, not ${request.method}.`);
  });

  app.get(
    '/stories/:room',
    admit,
    push<Request<{ room: string }>>((request) => demo.story(request.params.room), { join: (a, b) => `${a}${b}` }),
  );

  app.post('/stories/:room', async (request, response) => {
    response.status(202).json(await demo.beginStory(request.params.room));
  });

  app.delete('/stories/:room', async (request, response) => {
    await demo.story(request.params.room).stop();
    response.status(204).end();
  });

  app.get(
    '/here/:room',
    admit,
    push<Request<{ room: string }>>((request) => demo.here(request.params.room, request), {
      presence: (request) => demo.member(request.params.room, request),
    }),
  );

  app.get(
    '/cursors/:room',
    admit,
    push<Request<{ room: string }>>((request) => demo.cursors(request.params.room)),
  );

  app.post('/cursors/:room', async (request, response) => {
    await demo.moveCursor(request.params.room, request);
    response.status(204).end();
  });

  app.get(
    '/prices',
    admit,
    push((request) => demo.prices(request), { onOpen: (connection, request) => demo.watchPrices(connection, request) }),
  );

  for (const act of ['cut', 'stall'] as const) {
    app.post(`/demo/${act}`, async (request, response) => {
      await demo.disturb(act, request);
      response.status(204).end();
    });
  }

  app.get('/demo/nodes', (_request, response) => {
    response.json(demo.nodes());
  });

  app.use((request, response) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? demo.file(request.path) : undefined;
    if (file === undefined) throw new Refusal(404, `There is nothing at ${request.method} ${request.path}.`);
    response.set(file.headers).send(file.body);
  });

  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const refusal = refusalOf(error);
    if (response.headersSent) next(error);
    else response.status(refusal.status).json({ error: refusal.message });
  });

  const server = createServer(app);
  acceptUpgrades(server, app);
  return server;
}
