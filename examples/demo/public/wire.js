import { bytesOf } from './transfers.js';

/**
 * Makes a `fetch` and a `WebSocket` for one connection that report its traffic by `asked()`,
 * `received(bytes)` and `answeredBy(node)`. The server answers transports in `refused` with 406, as
 * a proxy or a policy might do.
 */
export function watchWire({ asked, received, answeredBy }, refused = new Set()) {
  const addressFor = (address) => {
    const url = new URL(address);
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

/** Returns the bytes of a text with its frame head from the server (RFC 6455, 5.2). */
function frameBytes(text) {
  const length = bytesOf(text);
  return length + (length < 126 ? 2 : length < 65_536 ? 4 : 10);
}
