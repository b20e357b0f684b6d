import { EventEmitter, on } from 'node:events';
import { createReadStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createHub, message, sse } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();

// #region loop
const orders = hub.channel<{ placed: { customer: string; total: number } }>('orders');

/** The total of all orders, and the id of the last one in it. '0' is the channel's beginning. */
const sales = { total: 0, upTo: '0' };

async function countSales(): Promise<void> {
  for await (const { gap, id, data } of orders.read({ from: sales.upTo })) {
    if (gap) console.warn(`${gap.missed ?? 'some'} orders were missed`);
    else sales.total += data.total;
    sales.upTo = id;
  }
}

// Nothing awaits the loop, so its error needs a handler: it throws `hub-closed` at a shutdown.
countSales().catch((error) => {
  if (error.code !== 'hub-closed') throw error;
});
// #endregion

// #region snapshot
app.get(
  '/sales',
  sse(
    async function* (_request, { signal, lastEventId }) {
      let from = lastEventId;
      if (from === undefined) {
        // Both belong to one moment, so the channel continues exactly where the total ends.
        from = sales.upTo;
        yield message(sales.total, { event: 'total', id: from });
      }
      yield* orders.read({ from, signal });
    },
    { hub },
  ),
);
// #endregion

// #region filter
app.get(
  '/orders/:customer',
  sse(async function* ({ params }, { signal, lastEventId }) {
    const from = lastEventId ?? (await orders.head());
    // The client then has an id to come back with, also if none of its orders comes for long.
    if (lastEventId === undefined) yield message('', { event: 'ready', id: from });
    for await (const item of orders.read({ from, signal })) {
      // A gap is given on, so that the page learns that it may lack an order.
      if (item.gap || item.data.customer === params.customer) yield item;
    }
  }),
);
// #endregion

/** Gives the time each second. */
async function* clock(signal: AbortSignal) {
  for (; !signal.aborted; await delay(1000, undefined, { signal })) yield message(new Date(), { event: 'time' });
}

// #region both
app.get(
  '/board',
  sse((_request, { signal }) => [orders, clock(signal)], { hub }),
);
// #endregion

const sensor = new EventEmitter();
setInterval(() => sensor.emit('reading', { celsius: 20 + Math.random() }), 100).unref();

// #region sources
// The pieces of a file. The stream is destroyed if the client leaves before its end.
app.get(
  '/file',
  sse(() => createReadStream(__filename, 'utf8')),
);

// Sends the events of an emitter until the client leaves.
app.get(
  '/sensor',
  sse(() => on(sensor, 'reading')),
);

// A list.
app.get('/steps', sse(['ready', 'steady', message('go', { event: 'start' })]));
// #endregion

app.post('/orders', express.json(), async ({ body }, response) => {
  const { customer, total } = body;
  response.json({ id: await orders.publish({ customer, total }, { event: 'placed' }) });
});

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', async () => {
  await hub.close();
  server.close();
});
