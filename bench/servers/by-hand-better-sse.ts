import { createServer } from 'node:http';
import { createSession, type Session } from 'better-sse';
import express from 'express';
import type { FanOutServer } from './server';

/** Pushes to each session by itself, as an app does whose clients get different events. */
export function create(): FanOutServer {
  const open = new Set<Session>();
  const app = express();
  app.get('/', async (request, response) => {
    const session = await createSession(request, response);
    open.add(session);
    session.once('disconnected', () => open.delete(session));
  });
  return {
    server: createServer(app),
    publish(event) {
      for (const session of open) session.push(event);
    },
  };
}
