import type { ServerResponse } from 'node:http';

/**
 * Makes the head of an HTTP/1 response say that its connection closes at its end (RFC 9112, 9.6).
 * Node's server then closes it. Without that sentence, an agent or a proxy puts the next request on
 * the connection, and loses it.
 */
export function closeAtEnd(response: ServerResponse): void {
  if (response.headersSent) return;
  response.shouldKeepAlive = false;
  // A header of the app, such as `Connection: keep-alive`, would win over the property alone.
  response.setHeader('Connection', 'close');
}
