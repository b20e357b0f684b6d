import { createServer } from 'node:http';
import { Server } from 'socket.io';

export const server = createServer();
const io = new Server(server);

// A session stands here.
io.use((socket, next) => next(socket.handshake.query.user ? undefined : new Error('Who are you?')));

io.on('connection', async (socket) => {
  const { user, room } = socket.handshake.query as { user: string; room: string };
  await socket.join(room);
  socket.to(room).emit('joined', { user });
  socket.on('say', (text: string) => {
    io.to(room).emit('said', { user, text });
  });
  // Nobody is told of their own typing.
  socket.on('typing', () => {
    socket.to(room).emit('typing', { user });
  });
  socket.on('disconnect', () => {
    io.to(room).emit('left', { user });
  });
});

server.listen(process.env.PORT ?? 3000);
