import express from 'express';
import expressWs from 'express-ws';

const { app } = expressWs(express());
const rooms = new Map();

// A session stands here.
app.use((request, response, next) => {
  request.user = request.query.user;
  if (request.user) next();
  else response.sendStatus(401);
});

// A message of a client goes to everyone in its room.
app.ws('/rooms/:room', (socket, request) => {
  const { room } = request.params;
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  socket.on('message', (text) => {
    const message = JSON.stringify({ from: request.user, text: String(text) });
    for (const member of members) member.send(message);
  });
  socket.on('close', () => {
    members.delete(socket);
    if (members.size === 0) rooms.delete(room);
  });
});

export const server = app.listen(process.env.PORT ?? 3000);
