import { createServer, type IncomingMessage } from 'node:http';
import Router from '@koa/router';
import { sse as expressSse } from '@pushwire/express';
import { sse as koaSse } from '@pushwire/koa';
import express, { type NextFunction, type Request, type Response } from 'express';
import Koa, { type Context, type Next } from 'koa';
import type { Call, Framework } from './apis';

/** The frameworks whose adapters the SDKs are tried against. */
export const frameworks: readonly Framework[] = [
  {
    name: 'Express',
    mount(routes, hub) {
      const app = express();
      // Some SDKs send JSON without its type.
      app.use(express.json({ type: () => true }));
      for (const { method, path, answer, stream, headers, options } of routes) {
        const prepare = (request: Request, response: Response, next: NextFunction) => {
          const call = callOfExpress(request);
          const plain = answer?.(call);
          response.set(plain?.headers ?? headers?.(call) ?? {});
          if (plain === undefined) next();
          else if (plain.json !== undefined) response.status(plain.status).json(plain.json);
          else response.status(plain.status).end(plain.text);
        };
        app[method](path, prepare);
        if (stream)
          app[method](
            path,
            expressSse<Request>((request) => stream(callOfExpress(request)), { ...options, hub }),
          );
      }
      return createServer(app);
    },
  },
  {
    name: 'Koa',
    mount(routes, hub) {
      const app = new Koa();
      const router = new Router();
      const bodies = new WeakMap<IncomingMessage, unknown>();
      const callOf = (ctx: Context): Call => {
        return { params: ctx.params ?? {}, query: ctx.query, headers: ctx.headers, body: bodies.get(ctx.req) };
      };
      app.use(async (ctx, next) => {
        const text = ctx.method === 'POST' ? await textOf(ctx.req) : '';
        if (text !== '') bodies.set(ctx.req, JSON.parse(text));
        await next();
      });
      for (const { method, path, answer, stream, headers, options } of routes) {
        const prepare = async (ctx: Context, next: Next) => {
          const call = callOf(ctx);
          const plain = answer?.(call);
          ctx.set(plain?.headers ?? headers?.(call) ?? {});
          if (plain === undefined) return next();
          ctx.body = plain.json ?? plain.text ?? '';
          ctx.status = plain.status;
        };
        router[method](path, prepare);
        if (stream)
          router[method](
            path,
            koaSse<Context>((ctx) => stream(callOf(ctx)), { ...options, hub }),
          );
      }
      app.use(router.routes());
      return createServer(app.callback());
    },
  },
];

function callOfExpress({ params, query, headers, body }: Request): Call {
  return { params: params as Record<string, string>, query, headers, body };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
