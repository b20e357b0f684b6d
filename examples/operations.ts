import { createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';
import { Counter, Gauge, register } from 'prom-client';

const app = express();
const hub = createHub({ logger: console });
const members = new Set(['anna', 'ben']);

// #region authorize
// Called on connect, on each poll, and every five seconds while a stream or WebSocket is open.
const authorize = (request: Request) => members.has(userOf(request));

app.get(
  '/news',
  push(hub.channel('news'), {
    authorize,
    reauthorize: 5_000,
    onOpen: ({ transport }, request) => console.log(`${userOf(request)} is here, by ${transport}`),
    onClose: (reason, _connection, request) => console.log(`${userOf(request)} is gone: ${reason}`),
  }),
);
// #endregion

app.delete('/members/:name', (request, response) => {
  members.delete(request.params.name);
  response.status(204).end();
});

// Read on each scrape. Between two scrapes it costs nothing.
new Gauge({
  name: 'pushwire_connections',
  help: 'Connections that are open, held polls among them',
  labelNames: ['transport'],
  collect() {
    for (const [transport, open] of Object.entries(hub.stats().open)) this.set({ transport }, open);
  },
});
new Gauge({
  name: 'pushwire_lagging',
  help: 'Connections whose sockets are full',
  collect() {
    this.set(hub.stats().lagging);
  },
});
new Gauge({
  name: 'pushwire_backplane_reachable',
  help: '1 while the backplane (Redis) can be reached, or else 0',
  collect() {
    this.set(Number(hub.health().backplane.reachable));
  },
});
for (const total of ['closed', 'refused'] as const) {
  new Counter({
    name: `pushwire_${total}_total`,
    help: `Clients that were ${total}, by reason`,
    labelNames: ['reason'],
    collect() {
      this.reset();
      for (const [reason, times] of Object.entries(hub.stats()[total])) this.inc({ reason }, times);
    },
  });
}
for (const [total, help] of [
  ['published', 'Messages published here'],
  ['delivered', 'Messages written to clients'],
  ['bytes', 'Bytes written to clients'],
  ['gaps', 'Losses that clients were told of'],
] as const) {
  new Counter({
    name: `pushwire_${total}_total`,
    help,
    collect() {
      this.reset();
      this.inc(hub.stats()[total]);
    },
  });
}

// #region readiness
app.get('/ready', (_request, response) => {
  const { ready, backplane } = hub.health();
  response.status(ready ? 200 : 503).json({ ready, since: new Date(backplane.since) });
});
// #endregion

app.get('/metrics', async (_request, response) => {
  response.type(register.contentType).send(await register.metrics());
});

function userOf(request: Request): string {
  return String(request.query.user);
}

app.listen(process.env.PORT ?? 3000);
