import { bytesOf } from './transfers.js';

/**
 * A `fetch` and a `WebSocket` for one connection, which tell what goes through them: `asked()`, `received(bytes)` and
 * `answeredBy(node)`. Transports in `refused` are answered with 406 by the server, as a proxy or a policy might do it.
 */
export function watchWire({ asked, received, answeredBy }, refused = new Set()) {
  const addressFor = (given) => {
    const url = new URL(given);
    if (refused.has(url.searchParams.get('transport'))) url.searchParams.set('refuse', '');
    return url;
  };
  return {
    async fetch(url, init) {
      asked();
      const response = await fetch(addressFor(url), init);
      const node = response.headers.get('Demo-Node');
      if (node) answeredBy(node);
      return response.body ? new Response(response.body.pipeThrough(counting(received)), response) : response;
    },
    WebSocket: class extends WebSocket {
      constructor(url, protocol) {
        asked();
        super(addressFor(url), protocol);
        this.addEventListener('message', ({ data }) => received(frameBytes(data)));
      }
    },
  };
}

function counting(received) {
  return new TransformStream({
    transform(bytes, controller) {
      received(bytes.byteLength);
      controller.enqueue(bytes);
    },
  });
}

/** A text and the head of a server's frame (RFC 6455, 5.2). */
function frameBytes(text) {
  const length = bytesOf(text);
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}
