import { createServer } from 'node:http';
import { AnswerError, acceptUpgrades, createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
const hub = createHub();
const server = createServer(app);
acceptUpgrades(server, app);

// #region ask
const seats = new Map<string, string>();

function onMessage(json: string | Buffer) {
  const { seat, name } = JSON.parse(String(json));
  if (seats.has(seat)) throw new AnswerError('taken', `Seat ${seat} is taken.`);
  seats.set(seat, name);
  hub.channel('seats').publish({ seat, name });
  return { left: 100 - seats.size }; // the answer, to this client alone
}

// `all`, so that the route takes POSTs too.
app.all('/seats', push(hub.channel('seats'), { webSocket: { onMessage } }));
// #endregion

// #region topics
const rooms = new Set(['blue', 'red', 'green']);

app.get(
  '/rooms',
  push((_request: Request, { topics }) => {
    const missing = topics.find((room) => !rooms.has(room));
    if (missing !== undefined) throw Object.assign(new Error(`There is no room ${missing}.`), { status: 404 });
    return [hub.channel('lobby'), ...topics.map((room) => hub.channel(`room:${room}`))];
  }),
);
// #endregion

app.post('/rooms/:room', express.text(), async ({ params, body }, response) => {
  await hub.channel(`room:${params.room}`).publish(body);
  response.end();
});

server.listen(process.env.PORT ?? 3000);
