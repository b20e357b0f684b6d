import { parseEventStream } from '../event-stream.js';
import { readFrame } from '../frame.js';
import { readBody, refusalIn, requesting } from './request.js';
import { addressOf, type Transport } from './transport.js';

const type = 'text/event-stream';

/** Server-Sent Events over `fetch`: unlike an EventSource it sees status and headers, sends them, and comes back as told. */
export const sse: Transport = {
  name: 'sse',
  open: (request, listener) =>
    requesting(listener, async (signal) => {
      const response = await request.fetch(addressOf(request, 'sse'), signal, { headers: { accept: type } });
      const refusal = refusalIn(response, type);
      if (refusal) return refusal;
      const parse = parseEventStream(
        {
          event({ data, id }) {
            if (!signal.aborted) listener.frame(readFrame(data, id));
          },
          retry() {
            // The protocol's own events say it too.
          },
        },
        request.maxMessage,
      );
      await readBody(response, signal, listener, parse);
      return {};
    }),
};
