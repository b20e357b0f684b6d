import { firstAppCloseCode } from '../wire/close-codes.js';
import { PushwireError } from '../wire/error.js';
import { readFrame } from '../wire/frame.js';
import { type Transport, toPushwireError, urlOf, type WebSocketClass } from './transport.js';

/** WebSocket with the subprotocol `pushwire.v1`. */
export const webSocket: Transport = {
  name: 'websocket',
  open(request, { onFrame, onClose }) {
    const url = urlOf(request, 'websocket').replace('http', 'ws');
    const socket = new (request.WebSocket as WebSocketClass)(url, 'pushwire.v1');
    socket.onmessage = ({ data }: { data: string }) => {
      try {
        if (data.length > request.maxMessage) throw new PushwireError('too-large');
        onFrame(readFrame(JSON.parse(data)));
      } catch (error) {
        onClose(toPushwireError(error));
      }
    };
    socket.onclose = ({ code: closeCode }: { code: number }) =>
      onClose(new PushwireError(closeCode < firstAppCloseCode ? 'network' : 'closed', { closeCode }));
    // Every error is followed by a close event, which says more.
    socket.onerror = () => {};
    return {
      close: () => socket.close(),
      send: (data) => socket.send(data),
    };
  },
};
