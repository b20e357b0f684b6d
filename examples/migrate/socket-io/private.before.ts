import { createServer } from 'node:http';
import { Server } from 'socket.io';

export const server = createServer();
const io = new Server(server);

// Everyone sees who is there. A user with two tabs is there once, and gets messages in both.
async function tellUsers() {
  const sockets = await io.fetchSockets();
  io.emit('users', [...new Set(sockets.map(({ data }) => data.user))].sort());
}

io.on('connection', async (socket) => {
  const user = String(socket.handshake.query.user);
  socket.data = { user };
  await socket.join(`user:${user}`);
  await tellUsers();
  socket.on('private', ({ to, text }: { to: string; text: string }) => {
    io.to(`user:${to}`).emit('private', { from: user, text });
  });
  socket.on('disconnect', tellUsers);
});

server.listen(process.env.PORT ?? 3000);
