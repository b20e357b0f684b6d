import { acceptUpgrades, createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
export const hub = createHub();
const roomOf = ({ query }: Request) => hub.channel(`room:${query.room}`);
const userOf = ({ query }: Request) => String(query.user);

// A session stands here.
app.use((request, response, next) => (request.query.user ? next() : response.sendStatus(401)));

app.all(
  '/chat',
  push(roomOf, {
    onOpen: ({ id }, request) => roomOf(request).publish({ user: userOf(request) }, { event: 'joined', except: id }),
    onClose: (_reason, _connection, request) => roomOf(request).publish({ user: userOf(request) }, { event: 'left' }),
    webSocket: {
      onMessage: (json, { id, request }) => {
        const { text } = JSON.parse(String(json));
        const user = userOf(request);
        if (text !== undefined) return roomOf(request).publish({ user, text }, { event: 'said' });
        // Nobody is told of their own typing.
        return roomOf(request).publish({ user }, { event: 'typing', except: id });
      },
    },
  }),
);

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
