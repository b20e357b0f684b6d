import { PushwireError } from '../wire/error.js';
import { readFrame } from '../wire/frame.js';
import { addressOf, failureOf, type Transport, type WebSocketClass } from './transport.js';

/** The first close code that is an app's own (RFC 6455, 7.4.2). */
const firstOwn = 3000;

/** WebSocket, by the subprotocol `pushwire.v1`. */
export const webSocket: Transport = {
  name: 'websocket',
  open(request, { hear, over }) {
    const address = addressOf(request, 'websocket').replace('http', 'ws');
    const socket = new (request.WebSocket as WebSocketClass)(address, 'pushwire.v1');
    socket.onmessage = ({ data }: { data: string }) => {
      try {
        if (data.length > request.maxMessage) throw new PushwireError('too-large');
        hear(readFrame(JSON.parse(data)));
      } catch (error) {
        over(failureOf(error));
      }
    };
    socket.onclose = ({ code: closeCode }: { code: number }) =>
      over(new PushwireError(closeCode < firstOwn ? 'network' : 'closed', { closeCode }));
    // A close follows, and says no less.
    socket.onerror = () => {};
    return {
      close: () => socket.close(),
      send: (data) => socket.send(data),
    };
  },
};
