import { createServer, type ServerResponse } from 'node:http';
import Koa from 'koa';
import { type FanOutServer, streamHeaders } from './server';

/** A Koa server without a library, which writes to the raw responses in a loop. */
export function create(): FanOutServer {
  const open = new Set<ServerResponse>();
  const app = new Koa();
  // Koa emits an app error for each connection that a client resets.
  app.silent = true;
  app.use((ctx) => {
    ctx.respond = false;
    ctx.res.writeHead(200, streamHeaders);
    ctx.res.flushHeaders();
    open.add(ctx.res);
    ctx.res.on('close', () => open.delete(ctx.res));
  });
  return {
    server: createServer(app.callback()),
    publish(event) {
      const text = `data: ${JSON.stringify(event)}\n\n`;
      for (const response of open) response.write(text);
    },
  };
}
