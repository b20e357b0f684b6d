import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import { presentAsGet } from '../node-internals/requests';
import { handshakeHeaders } from './handshake-headers';
import { limitHandshake } from './handshake-timeout';
import type { Handshake, Upgrade } from './upgrade';

const acceptedStatus = 200;
const noBytes = Buffer.alloc(0);

/**
 * A request for a WebSocket in an HTTP/2 stream: an extended CONNECT (RFC 8441). Middleware sees it
 * as the GET that it would be over HTTP/1.1. Once it is accepted, the stream is the WebSocket's
 * socket, and the 101 that the WebSocket library writes becomes a 200.
 */
export class Http2Upgrade implements Upgrade {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly #request: Http2ServerRequest;
  readonly #response: Http2ServerResponse;
  readonly #appEnds: boolean;
  readonly #timer: NodeJS.Timeout;
  #accepted: Handshake | undefined;

  /** @param timeout milliseconds in which the app must answer. */
  constructor(request: Http2ServerRequest, response: Http2ServerResponse, appEnds: boolean, timeout: number) {
    presentAsGet(request);
    // Node's compatibility layer makes these usable like HTTP/1 requests and responses.
    this.incoming = request as unknown as IncomingMessage;
    this.response = response as unknown as ServerResponse;
    this.#request = request;
    this.#response = response;
    this.#appEnds = appEnds;
    request.stream.on('error', () => {});
    this.#timer = limitHandshake(this.response, request.stream, timeout);
    request.stream.once('close', () => {
      clearTimeout(this.#timer);
      this.#accepted?.fail();
    });
    const end = response.end;
    const endOrComplete = (...args: Parameters<typeof end>) => {
      clearTimeout(this.#timer);
      const accepted = this.#accepted;
      if (accepted === undefined || response.statusCode !== acceptedStatus) return Reflect.apply(end, response, args);
      this.#accepted = undefined;
      if (request.stream.destroyed) accepted.fail();
      else this.#complete(accepted);
      return response;
    };
    response.end = endOrComplete as typeof end;
  }

  accept(handshake: Handshake, atOnce = false): void {
    if (this.#response.headersSent || this.#response.writableEnded) {
      handshake.fail();
      return;
    }
    this.#accepted = handshake;
    this.#response.statusCode = acceptedStatus;
    if (atOnce || !this.#appEnds) this.#response.end();
  }

  #complete(handshake: Handshake): void {
    const { stream } = this.#request;
    const response = this.#response;
    const lines = handshakeHeaders(this.response);
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    const { write, end } = stream;
    // The WebSocket library first writes the head of a 101, or ends the stream with a refusal.
    const writeHead = (head: unknown): boolean => {
      Object.assign(stream, { write, end });
      for (const line of String(head).split('\r\n').slice(1)) setHeaderLine(response, line);
      response.writeHead(acceptedStatus);
      // The closing handshake is done by then. Firefox would leave its half of the stream open.
      stream.once('finish', closeBothHalves);
      return true;
    };
    const refuse = (refusal: unknown) => {
      Object.assign(stream, { write, end });
      // `ws` destroys the socket on `finish`, which would reset the stream before its end is read.
      stream.off('finish', stream.destroy);
      const [head = '', body] = String(refusal).split('\r\n\r\n');
      response.statusCode = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 400);
      response.end(body ?? '');
      return stream;
    };
    Object.assign(stream, { write: writeHead, end: refuse });
    handshake.complete(asHttp1(this.#request), stream, noBytes, lines);
  }
}

function closeBothHalves(this: ServerHttp2Stream): void {
  this.close(constants.NGHTTP2_NO_ERROR);
}

/** Sets a header from a line of a 101 answer, if it applies to HTTP/2 too (RFC 8441, 5.1). */
function setHeaderLine(response: Http2ServerResponse, line: string): void {
  const [, name = '', value = ''] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
  if (name === '' || /^(upgrade|connection|sec-websocket-accept)$/i.test(name)) return;
  const before = response.getHeader(name) as string | string[] | undefined;
  response.setHeader(name, before === undefined ? value : [before, value].flat());
}

/** Returns the request with the headers that a WebSocket library needs and RFC 8441 leaves out. */
function asHttp1(request: Http2ServerRequest): IncomingMessage {
  const headers = {
    ...request.headers,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  return Object.create(request, { headers: { value: headers }, method: { value: 'GET' } });
}
