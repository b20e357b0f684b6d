import { createServer } from 'node:http';
import { openStream as openBare } from '@pushwire/core';
import { createHub, type OpenStream, openStream } from '@pushwire/express';
import { openStream as openKoa } from '@pushwire/koa';
import express from 'express';
import Koa from 'koa';
import type { FanOutServer } from './server';

/** Sends to each stream by itself, through Express, Koa or bare `node:http`. */
export function create(framework: string): FanOutServer {
  const options = { hub: createHub(), transport: 'sse' } as const;
  const open = new Set<OpenStream>();
  const hold = (stream: OpenStream) => {
    open.add(stream);
    stream.closed.then(() => open.delete(stream));
  };
  return {
    server: createServer(listenerOf[framework as keyof typeof listenerOf](options, hold)),
    publish(event) {
      for (const stream of open) stream.send(event);
    },
  };
}

type Options = Parameters<typeof openBare>[2];
type Hold = (stream: OpenStream) => void;

const listenerOf = {
  http:
    (options: Options, hold: Hold): Parameters<typeof createServer>[1] =>
    async (request, response) =>
      hold(await openBare(request, response, options)),
  express: (options: object, hold: Hold) =>
    express().get('/', async (request, response) => hold(await openStream(request, response, options))),
  koa: (options: object, hold: Hold) => new Koa().use(async (ctx) => hold(await openKoa(ctx, options))).callback(),
};
