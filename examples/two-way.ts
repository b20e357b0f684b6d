import { createServer } from 'node:http';
import { acceptUpgrades, createHub, push } from '@pushwire/express';
import express from 'express';

const app = express();
const hub = createHub();
const server = createServer(app);
acceptUpgrades(server, app);

// #region two-way
// `all`, so that the route takes POSTs too.
app.all(
  '/rooms/:room',
  push((request) => hub.channel(`room:${request.params.room}`), {
    webSocket: {
      onMessage: async (text, client) => {
        const id = await hub.channel(`room:${client.request.params.room}`).publish({ text: String(text) });
        client.send({ received: id }, { event: 'receipt' }); // to this client alone
      },
    },
  }),
);
// #endregion

server.listen(process.env.PORT ?? 3000);
