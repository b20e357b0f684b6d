import { firstAppCloseCode } from '../wire/close-codes.js';
import { checkLength, PushwireError } from '../wire/error.js';
import { type Frame, readFrame } from '../wire/frame.js';
import { type Transport, toPushwireError, urlOf, type WebSocketClass } from './transport.js';

/** WebSocket with the subprotocol `pushwire.v1`. */
export const webSocket: Transport = {
  name: 'websocket',
  open(request, { onFrame, onClose }) {
    // biome-ignore lint/suspicious/noExplicitAny: the members of the classes differ
    let socket: any;
    /** The last frame. */
    let frame: Frame | undefined;
    /** The messages that the server has not taken yet, in order. */
    const untaken: [taken: () => void, lost: (error: PushwireError) => void][] = [];
    const fail = (cause?: unknown) => {
      const error = toPushwireError(cause);
      for (const [, lost] of untaken.splice(0)) lost(error);
      onClose(error);
    };
    const connect = (url: string) => {
      // It may have been closed while the app made the query.
      if (socket) return;
      socket = new (request.WebSocket as WebSocketClass)(url.replace('http', 'ws'), 'pushwire.v1');
      socket.onmessage = onMessage;
      socket.onclose = async ({ code: closeCode }: { code: number }) => {
        try {
          // Browsers hide why a handshake failed, so an ordinary request asks for the reason.
          frame || (await request.fetch(url, '', { method: 'HEAD' }));
          throw new PushwireError(closeCode < firstAppCloseCode ? 'network' : 'closed', { closeCode });
        } catch (error) {
          fail(error);
        }
      };
      // Every error is followed by a close event, which says more.
      socket.onerror = () => {};
    };
    const onMessage = ({ data }: { data: string }) => {
      try {
        checkLength(data, request.maxMessage);
        frame = readFrame(JSON.parse(data));
        if (frame.event === 'pushwire:received') {
          for (const [taken] of untaken.splice(0, (frame.data as { count: number }).count)) taken();
        }
        onFrame(frame);
      } catch (error) {
        fail(error);
      }
    };
    request.addQuery(urlOf(request, 'websocket')).then(connect).catch(fail);
    return {
      close() {
        // Nobody asks then why the handshake was not completed.
        (frame = socket) ? socket.close() : (socket = true);
        fail();
      },
      send: (data) =>
        // A WebSocket that closes drops what it is given, and then tells that it has closed.
        new Promise((...settle) => {
          untaken.push(settle);
          socket.send(data);
        }),
    };
  },
};
