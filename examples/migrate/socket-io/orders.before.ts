import { createServer } from 'node:http';
import { Server } from 'socket.io';

export const server = createServer();
const io = new Server(server);
let stock = 10;

io.on('connection', (socket) => {
  // The client that orders gets an answer. Everyone sees the stock.
  socket.on('order', ({ amount }: { amount: number }, answer: (answer: object) => void) => {
    if (amount > stock) {
      answer({ error: 'sold-out', left: stock });
      return;
    }
    stock -= amount;
    io.emit('stock', { left: stock });
    answer({ ordered: amount });
  });
});

server.listen(process.env.PORT ?? 3000);
