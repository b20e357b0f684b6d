import { createServer } from 'node:http';
import { acceptUpgrades, type Connection, createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
// #region clients
const hub = createHub({ clientKey: (request: Request) => String(request.query.user) });
// #endregion
const server = createServer(app);
acceptUpgrades(server, app);

// #region connections
interface Session {
  user: string;
}

app.get(
  '/news',
  push(hub.channel('news'), {
    onOpen(connection: Connection<Session>, request: Request) {
      connection.data = { user: String(request.query.user) };
      connection.send({ hello: connection.data.user }, { event: 'welcome' }); // to this client alone
    },
    onClose: (reason, connection: Connection<Session>) => console.log(connection.data?.user, 'is gone:', reason),
  }),
);

// #endregion

// #region devices
app.get('/users/:user/devices', async (request, response) => {
  response.json(await hub.clients(request.params.user).list());
});

app.post('/users/:user/notices', express.json(), async (request, response) => {
  await hub.clients(request.params.user).send(request.body, { event: 'notice' });
  response.status(204).end();
});

// `?except=` is the id of the connection of the page that asks: all but this one are closed.
app.delete('/users/:user', async (request, response) => {
  // Your own sessions end first, so that nobody comes back with one.
  const except = request.query.except as string | undefined;
  response.json({ closed: await hub.clients(request.params.user).disconnect({ except }) });
});
// #endregion

// #region except
const room = hub.channel('room');

app.all(
  '/room',
  push(room, {
    webSocket: { onMessage: (text, client) => room.publish(String(text), { except: client.id }) },
  }),
);
// #endregion

server.listen(process.env.PORT ?? 3000);
