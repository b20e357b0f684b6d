// An adapter of Pushwire for Fastify, made of the core's public functions.
// docs/guides/write-an-adapter.md explains it.
import {
  acceptUpgrades as acceptUpgradesFor,
  type Framework,
  type OpenPoll,
  type OpenPollOptions,
  type OpenStream,
  type OpenStreamOptions,
  openPoll as openPollFor,
  openStream as openStreamFor,
  type PushOptions,
  type Serve,
  type Source,
  type SseOptions,
  servePush,
  serveSse,
  type UpgradeOptions,
} from '@pushwire/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';

// #region framework
const framework: Framework<FastifyRequest> = {
  WebSocketServer,
  addressOf: (request) => request.ip,
  originOf: (request) => `${request.protocol}://${request.host}`,
  bodyOf: (request) => request.body,
  detachWhenIdle: true,
};
// #endregion

// #region handler
type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Fastify keeps headers back until its own `send`, which a stream never calls. */
function copyHeaders(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
}

function handler<R extends FastifyRequest>(serve: Serve<R>): Handler {
  return async (request, reply) => {
    copyHeaders(reply);
    await serve(request.raw, reply.raw, request as R);
    // Only now, so that an error before the first byte still reaches Fastify's error handler.
    reply.hijack();
  };
}
// #endregion

// #region routes
/** Serves a source over the transport that the request asks for. */
export function push<R extends FastifyRequest = FastifyRequest>(source: Source<R>, options?: PushOptions<R>): Handler {
  return handler(servePush(source, options, framework));
}

/** Serves a source as Server-Sent Events. */
export function sse<R extends FastifyRequest = FastifyRequest>(source: Source<R>, options?: SseOptions<R>): Handler {
  return handler(serveSse(source, options, framework));
}
// #endregion

// #region by-hand
/** Opens a stream that a handler writes to by hand. */
export async function openStream<R extends FastifyRequest>(
  request: R,
  reply: FastifyReply,
  options?: OpenStreamOptions<R>,
): Promise<OpenStream> {
  copyHeaders(reply);
  const stream = await openStreamFor(request.raw, reply.raw, options, request, framework as Framework<R>);
  reply.hijack();
  return stream;
}

/** Opens a poll that a handler answers by hand. */
export async function openPoll<R extends FastifyRequest>(
  request: R,
  reply: FastifyReply,
  options?: OpenPollOptions<R>,
): Promise<OpenPoll> {
  copyHeaders(reply);
  const poll = await openPollFor(request.raw, reply.raw, options, request, framework as Framework<R>);
  reply.hijack();
  return poll;
}
// #endregion

// #region upgrades
/** Runs WebSocket handshakes through an app. Only routes with `push()` accept them. */
export function acceptUpgrades(app: FastifyInstance, options?: UpgradeOptions): void {
  const run = (...exchange: Parameters<FastifyInstance['routing']>) => app.routing(...exchange);
  acceptUpgradesFor(app.server, { run, endsResponses: false }, options);
}
// #endregion
