import { acceptUpgrades, type Connection, createHub, push } from '@pushwire/express';
import express, { type Request } from 'express';

const app = express();
export const hub = createHub();
const lobby = hub.channel('lobby');
const inbox = (user: unknown) => hub.channel(`user:${user}`);

// Everyone sees who is there. A user with two tabs is there once, and gets messages in both.
function tellUsers() {
  const users = [...hub.connections()].map(({ data }) => data);
  return lobby.publish([...new Set(users)].sort(), { event: 'users' });
}

function onOpen(connection: Connection, { query }: Request) {
  connection.data = query.user;
  return tellUsers();
}

function onMessage(json: string | Buffer, { request }: { request: Request }) {
  const { to, text } = JSON.parse(String(json));
  return inbox(to).publish({ from: request.query.user, text }, { event: 'private' });
}

const sourceOf = ({ query }: Request) => [lobby, inbox(query.user)];
app.all('/chat', push(sourceOf, { onOpen, onClose: tellUsers, webSocket: { onMessage } }));

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
