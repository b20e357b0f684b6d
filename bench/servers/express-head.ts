import { writeLoop } from './express-write';
import type { FanOutServer } from './server';

/** Sends the head and first bytes of `sse()` by hand. Some proxies hold a head without a body. */
export function create(): FanOutServer {
  return writeLoop((response) => {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-store, no-transform',
      'Content-Encoding': 'identity',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
    });
    const retry = Math.round(2250 + Math.random() * 1500);
    const data = JSON.stringify({ cursor: 'abcdefgh.0', heartbeat: 15_000, retry });
    response.write(`retry: ${retry}\nevent: pushwire:open\nid: abcdefgh.0\ndata: ${data}\n\n`);
  });
}
