import { readFrame } from '../frame.js';
import { addressOf, type Outcome, type Transport } from './transport.js';

const subprotocol = 'pushwire.v1';

/** WebSocket, by the subprotocol `pushwire.v1`. */
export const webSocket: Transport = {
  name: 'websocket',
  open(request, listener) {
    const { WebSocket, maxMessage } = request;
    let isOver = false;
    const over = (outcome: Outcome) => {
      if (!isOver) listener.over(outcome);
      isOver = true;
    };
    if (!WebSocket) {
      queueMicrotask(() => over({ problem: 'unsupported' }));
      return { close: () => void (isOver = true) };
    }
    const socket = new WebSocket(addressOf(request, 'websocket').replace(/^http/, 'ws'), subprotocol);
    const fail = (outcome: Outcome) => {
      over(outcome);
      socket.close();
    };
    socket.onmessage = ({ data }: { data: string }) => {
      if (isOver) return;
      listener.alive();
      if (data.length > maxMessage) return fail({ problem: 'too-large' });
      try {
        listener.frame(readFrame(data));
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw cause;
        fail({ problem: 'bad-data', cause });
      }
    };
    socket.onclose = ({ code }: { code: number }) => over({ closeCode: code });
    // A close follows, and says no less.
    socket.onerror = () => {};
    return {
      close() {
        isOver = true;
        socket.close();
      },
      send: (data) => socket.send(data),
    };
  },
};
