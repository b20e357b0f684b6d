import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Framework, Serve } from '@pushwire/core';
import type { NextFunction, Request } from 'express';
import { WebSocketServer } from 'ws';

export type AnyRequest = Request<Record<string, string>>;

/** The handler's own types ask for no Express request: the types of the handlers beside it then come from the route. */
export type Handler = (request: IncomingMessage, response: ServerResponse, next: NextFunction) => void;

/** What Express gives, and what stands beside it. */
export const framework: Framework<IncomingMessage> = {
  WebSocketServer,
  detachWhenIdle: true,
  addressOf: (request) => (request as Request).ip,
};

export function handler<R extends IncomingMessage>(serve: Serve<R>): Handler {
  return (request, response, next) => {
    serve(request, response, request as R).catch(next);
  };
}
