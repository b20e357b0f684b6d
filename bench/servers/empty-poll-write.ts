import { createServer, type RequestListener } from 'node:http';
import express from 'express';
import Koa from 'koa';
import type { FanOutServer } from './server';

const nosniff = { 'X-Content-Type-Options': 'nosniff' };
const unshared = { 'Cache-Control': 'private, no-store', ...nosniff };

/** Polls of Express or Koa without a library, which tell by a cursor that nothing is new. */
export function create(framework: string): FanOutServer {
  const log: unknown[] = [];
  return {
    server: createServer(framework === 'koa' ? onKoa(log) : onExpress(log)),
    publish: (event) => void log.push(event),
  };
}

/** The answer to an interval poll, and the headers that let its client keep it. */
function answerAfter(log: readonly unknown[], from: string | undefined) {
  const cursor = String(log.length);
  const headers = { 'Cache-Control': 'private, no-cache', ETag: `"${cursor}"`, ...nosniff, Vary: 'Last-Event-ID' };
  const messages = from === undefined ? [] : log.slice(Number(from));
  return { headers, body: { cursor, messages, from, interval: 3000 } };
}

function onExpress(log: readonly unknown[]): RequestListener {
  const app = express();
  app.get('/interval', (request, response) => {
    const { headers, body } = answerAfter(log, request.query.cursor as string | undefined);
    response.set(headers);
    if (request.headers['if-none-match'] === headers.ETag) response.status(304).end();
    else response.json(body);
  });
  app.get('/long', (request, response) => {
    const { body } = answerAfter(log, request.query.cursor as string | undefined);
    response.set(unshared);
    if (body.messages.length === 0) response.status(204).end();
    else response.json(body);
  });
  return app;
}

function onKoa(log: readonly unknown[]): RequestListener {
  const app = new Koa();
  app.use((ctx) => {
    const { headers, body } = answerAfter(log, ctx.query.cursor as string | undefined);
    if (ctx.path === '/long') {
      ctx.set(unshared);
      if (body.messages.length === 0) ctx.status = 204;
      else ctx.body = body;
    } else {
      ctx.set(headers);
      if (ctx.get('If-None-Match') === headers.ETag) ctx.status = 304;
      else ctx.body = body;
    }
  });
  return app.callback();
}
