import { acceptUpgrades, createHub, webSocket } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
export const hub = createHub();
const roomOf = (request: Request<{ room: string }>) => hub.channel(`room:${request.params.room}`);

// A session stands here.
app.use((request, response, next) => {
  response.locals.user = request.query.user;
  if (response.locals.user) next();
  else response.sendStatus(401);
});

// A message of a client goes to everyone in its room.
app.get(
  '/rooms/:room',
  webSocket(roomOf, {
    onMessage: (text, { request }) => roomOf(request).publish({ from: request.res?.locals.user, text: String(text) }),
  }),
);

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
