import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';

/**
 * Makes the head of an HTTP/1 response say that its connection closes at its end (RFC 9112, 9.6).
 * Node's server then closes it. Without that field, an agent or a proxy puts the next request on
 * the connection, and loses it.
 */
export function closeAtEnd(response: ServerResponse): void {
  if (response.headersSent) return;
  response.shouldKeepAlive = false;
  // A header of the app, such as `Connection: keep-alive`, would win over the property alone.
  response.setHeader('Connection', 'close');
}

/**
 * Closes the connection of a response whose head is not sent yet, at the response's end. Over
 * HTTP/2, the session accepts no further streams, and closes when those that it has are over.
 */
export function closeConnection(response: ServerResponse, stream: Http2ServerResponse['stream'] | undefined): void {
  if (stream !== undefined) stream.session?.close();
  else closeAtEnd(response);
}
