import { socketIo, webSocket } from './greeting';
import { runContest } from './run-contest';

const plain = webSocket();

/** What one event costs the server for each WebSocket that gets it. */
runContest({
  name: 'sockets',
  heading: 'WebSocket fan-out',
  entrants: {
    bare: { title: 'one shared frame to each net.Socket', server: 'socket-bare', greeting: plain },
    'ws-string': { title: 'ws, a loop of send(string)', server: 'socket-ws-string', greeting: plain },
    'ws-buffer': { title: 'ws, a loop of send(one Buffer)', server: 'socket-ws-buffer', greeting: plain },
    'pushwire-express': { title: 'pushwire on Express 5', server: 'socket-express', greeting: plain },
    'pushwire-v1': {
      title: 'pushwire on Express 5, pushwire.v1',
      server: 'socket-express',
      greeting: webSocket('pushwire.v1'),
    },
    'pushwire-koa': { title: 'pushwire on Koa 3', server: 'socket-koa', greeting: plain },
    'socket.io': { title: 'socket.io, io.emit', server: 'socket-io', greeting: socketIo },
  },
  plain: { variant: 'ws-buffer', column: '× ws loop of one Buffer' },
  floor: { variant: 'bare', column: '× one shared frame' },
  packages: ['express', 'koa', 'ws', 'socket.io'],
  perTurn: '1,16',
});
