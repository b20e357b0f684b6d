import express from 'express';
import expressWs from 'express-ws';

const { app, getWss } = expressWs(express());

// Text comes back in capitals, bytes come back as they are.
app.ws('/echo', (socket) => {
  socket.on('message', (data) => {
    socket.send(typeof data === 'string' ? data.toUpperCase() : data);
  });
});

app.post('/goodbye', (_request, response) => {
  for (const socket of getWss().clients) socket.close(1001, 'Goodbye');
  response.sendStatus(204);
});

export const server = app.listen(process.env.PORT ?? 3000);
