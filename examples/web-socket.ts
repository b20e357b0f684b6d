import { acceptUpgrades, createHub, rawWebSocket, webSocket } from '@pushwire/express';
import express, { type RequestHandler } from 'express';

const app = express();
const hub = createHub();

declare global {
  namespace Express {
    interface Request {
      user?: { id: string };
    }
  }
}

/** Stands for a session: a browser sends its cookies with a handshake too. */
const auth: RequestHandler = (request, response, next) => {
  const [, id] = /(?:^|; )user=(\w+)/.exec(request.get('cookie') ?? '') ?? [];
  if (id === undefined) {
    response.status(401).end();
    return;
  }
  request.user = { id };
  next();
};

// #region chat
// Two-way: a client's message is published to its room. The room's log keeps it for clients that come back.
app.get(
  '/rooms/:room',
  auth,
  webSocket((request) => hub.channel(`room:${request.params.room}`), {
    onMessage: (text, { request }) => {
      const room = hub.channel(`room:${request.params.room}`);
      return room.publish({ from: request.user?.id, text: String(text) });
    },
  }),
);
// #endregion

// #region raw
// The socket of ws itself, for a protocol of your own. The hub's limits and close() apply to it.
app.get(
  '/echo',
  auth,
  rawWebSocket(
    (socket) => {
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    },
    { hub },
  ),
);
// #endregion

// #region fallthrough
app.get(
  '/board',
  auth,
  webSocket(hub.channel('board'), { fallthrough: true }),
  (_request, response) => void response.sendFile('board.html', { root: 'pages' }),
);
// #endregion

// #region web-socket
app.get('/news', auth, webSocket(hub.channel('news')));

const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app); // handshakes now go through the app, each as a GET
// #endregion

process.on('SIGTERM', async () => {
  await hub.close();
  server.close();
});
