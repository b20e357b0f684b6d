import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Framework, Serve } from '@pushwire/core';
import type { NextFunction, Request } from 'express';
import { WebSocketServer } from 'ws';

/**
 * The request of a route. A handler does not know its route's path, so every parameter is a string,
 * unless a function annotates its request.
 */
export type AnyRequest = Request<Record<string, string>>;

/**
 * An Express handler. Its request is Node's, so that the handlers beside it still get the types of
 * their request from the route.
 */
export type Handler = (request: IncomingMessage, response: ServerResponse, next: NextFunction) => void;

/** The parts of Express that the core uses, and the WebSocket library. */
export const framework: Framework<IncomingMessage> = {
  WebSocketServer,
  detachWhenIdle: true,
  addressOf: (request) => (request as Request).ip,
  addressWarning,
  originOf: (request) => `${(request as Request).protocol}://${hostOf(request as Request)}`,
};

function addressWarning(request: IncomingMessage): string | undefined {
  if ((request as Request).app.get('trust proxy') !== true) return undefined;
  return "with Express's `trust proxy` set to true and not to a number, a client chooses its address by X-Forwarded-For.";
}

/** Returns `request.host` of Express 5. The one of Express 4 has no port. */
function hostOf(request: Request): string | undefined {
  const isTrusted: (address: string | undefined, hop: number) => boolean = request.app.get('trust proxy fn');
  const forwarded = request.get('X-Forwarded-Host')?.split(',', 1)[0]?.trim();
  return (isTrusted(request.socket.remoteAddress, 0) && forwarded) || request.get('Host');
}

/** Makes a handler that passes errors to `next`. */
export function handler<R extends IncomingMessage>(serve: Serve<R>): Handler {
  return (request, response, next) => {
    serve(request, response, request as R).catch(next);
  };
}
