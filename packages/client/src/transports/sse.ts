import { parseEventStream } from '../wire/event-stream.js';
import { readFrame } from '../wire/frame.js';
import { fetchConnection } from './fetch-connection.js';
import { type Transport, urlOf } from './transport.js';

/**
 * Server-Sent Events by `fetch`. Unlike an EventSource, it sees the status and headers of a
 * response, can send headers, and leaves the time of the next attempt to the client.
 */
export const sse: Transport = {
  name: 'sse',
  open: (request, listener) =>
    fetchConnection(request, listener, (fetch) =>
      fetch(
        urlOf(request, 'sse'),
        'text/event-stream',
        parseEventStream(
          ({ data, id }) => listener.onFrame(readFrame({ id, ...JSON.parse(data) })),
          request.maxMessage,
        ),
      ),
    ),
};
