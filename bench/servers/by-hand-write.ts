import { createServer, type ServerResponse } from 'node:http';
import express, { type Request, type Response } from 'express';
import { type FanOutServer, streamHeaders } from './server';

/** Writes each client's event by itself with `res.write`, through Express or bare `node:http`. */
export function create(framework: string): FanOutServer {
  const open = new Set<ServerResponse>();
  const hold = (_request: unknown, response: ServerResponse) => {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    open.add(response);
    response.on('close', () => open.delete(response));
  };
  const listener =
    framework === 'express' ? express().get('/', hold as (_: Request, response: Response) => void) : hold;
  return {
    server: createServer(listener),
    publish(event) {
      for (const response of open) response.write(`data: ${JSON.stringify(event)}\n\n`);
    },
  };
}
