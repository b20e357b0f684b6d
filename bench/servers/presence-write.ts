import { createServer, type ServerResponse } from 'node:http';
import express, { type Response } from 'express';
import { type FanOutServer, streamHeaders } from './server';

/**
 * Members as apps count them by hand: a map in one process, and what has changed in a turn goes to
 * whoever follows. Whoever loads the page again leaves and joins.
 */
export function create(): FanOutServer {
  const members = new Map<string, Response>();
  const followers = new Set<ServerResponse>();
  let changed = '';
  const tell = (change: object) => {
    if (changed === '') setImmediate(flush);
    changed += `data: ${JSON.stringify(change)}\n\n`;
  };
  const flush = () => {
    for (const response of followers) response.write(changed);
    changed = '';
  };
  const app = express();
  app.get('/', ({ query: { id } }, response) => {
    const key = String(id);
    response.writeHead(200, streamHeaders).flushHeaders();
    members.set(key, response);
    tell({ key, data: { name: `Member ${key}` } });
    response.on('close', () => {
      members.delete(key);
      tell({ key, deleted: true });
    });
  });
  app.get('/members', (_request, response) => {
    response.writeHead(200, streamHeaders).flushHeaders();
    followers.add(response);
    response.on('close', () => followers.delete(response));
  });
  return {
    server: createServer(app),
    publish: (event) => {
      const text = `data: ${JSON.stringify(event)}\n\n`;
      for (const response of members.values()) response.write(text);
    },
    held: () => members.size + followers.size,
  };
}
