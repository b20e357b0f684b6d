import { createServer } from 'node:http';
import { acceptUpgrades, type Connection, createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
const hub = createHub();
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

app.delete('/users/:user', (request, response) => {
  for (const connection of hub.connections<Session>()) {
    if (connection.data?.user === request.params.user) connection.close('forbidden');
  }
  response.status(204).end();
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
