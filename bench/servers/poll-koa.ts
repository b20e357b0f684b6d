import { createServer } from 'node:http';
import Koa from 'koa';
import type { SampleEvent } from '../sample-event';
import type { FanOutServer } from './server';

/** A Koa server without a library: middleware that waits for the next event. */
export function create(): FanOutServer {
  let open: ((event: SampleEvent) => void)[] = [];
  const app = new Koa();
  // Koa emits an app error for each connection that a client resets.
  app.silent = true;
  app.use(async (ctx) => {
    ctx.body = await new Promise<SampleEvent>((resolve) => open.push(resolve));
  });
  return {
    server: createServer(app.callback()),
    publish(event) {
      const answered = open;
      open = [];
      for (const resolve of answered) resolve(event);
    },
    held: () => open.length,
  };
}
