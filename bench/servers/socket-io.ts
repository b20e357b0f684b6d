import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { type FanOutServer, noPings } from './server';

export function create(): FanOutServer {
  const server = createServer();
  const io = new Server(server, { transports: ['websocket'], serveClient: false, pingInterval: noPings });
  return {
    server,
    publish: (event) => void io.emit('event', event),
  };
}
