import { parseEventStream } from '../wire/event-stream.js';
import { readFrame } from '../wire/frame.js';
import { requesting } from './request.js';
import { addressOf, type Transport } from './transport.js';

/** Server-Sent Events over `fetch`: unlike an EventSource it sees status and headers, sends them, and comes back as told. */
export const sse: Transport = {
  name: 'sse',
  open: (request, listener) =>
    requesting(request, listener, (ask) =>
      ask(
        addressOf(request, 'sse'),
        parseEventStream(({ data, id }) => listener.hear(readFrame({ id, ...JSON.parse(data) })), request.maxMessage),
      ),
    ),
};
