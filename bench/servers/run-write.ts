import { createServer } from 'node:http';
import express, { type Response } from 'express';
import { type FanOutServer, streamHeaders } from './server';
import { TokenQueue, tokenOf } from './token-queue';

/** A server without a library: it writes an answer to all readers, and later ones miss it. */
export function create(): FanOutServer {
  const readers = new Set<Response>();
  const tokens = new TokenQueue();
  const app = express();
  app.get('/', (_request, response) => {
    response.writeHead(200, streamHeaders);
    response.flushHeaders();
    readers.add(response);
    response.on('close', () => readers.delete(response));
  });
  app.get('/start', (_request, response) => {
    response.writeHead(200, streamHeaders);
    response.end(blockOf(tokenOf({ sequence: 1 })));
  });
  const answer = async () => {
    for await (const token of tokens) for (const response of readers) response.write(blockOf(token));
  };
  answer();
  return { server: createServer(app), publish: (event) => tokens.push(tokenOf(event)) };
}

const blockOf = (token: string) => `data: ${token}\n\n`;
