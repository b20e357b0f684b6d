import { createServer } from 'node:http';
import express, { type Response } from 'express';
import type { FanOutServer } from './server';

/** A server without a library: held responses in an array. Messages between two polls are lost. */
export function create(): FanOutServer {
  let open: Response[] = [];
  const app = express();
  app.get('/', (_request, response) => void open.push(response));
  return {
    server: createServer(app),
    publish(event) {
      const answered = open;
      open = [];
      for (const response of answered) response.json(event);
    },
    held: () => open.length,
  };
}
