import { createServer, type Server } from 'node:http';
import Router from '@koa/router';
import { acceptUpgrades, push } from '@pushwire/koa';
import Koa, { type Context, type Next } from 'koa';
import { channelMethods, type Demo } from './demo';
import { Refusal, refusalOf } from './refusal';

/** Makes a server with the demo as a Koa app. */
export function koaDemo(demo: Demo): Server {
  const router = new Router();

  const admit = async (ctx: Context, next: Next) => {
    if (await demo.admit(ctx.req, ctx.res)) await next();
    else ctx.respond = false;
  };

  router.get(
    '/channels/:names',
    admit,
    push((ctx) => demo.channels(ctx.params.names), {
      onOpen: (connection, ctx) => demo.welcome(connection, ctx.req),
    }),
  );

  router.post('/channels/:name', async (ctx) => {
    ctx.body = await demo.publish(ctx.params.name as string, ctx.req);
    ctx.status = 202;
  });

  router.all('/channels/:names', (ctx) => {
    ctx.set('Allow', channelMethods);
    throw new Refusal(405, `A channel answers ${channelMethods}, not ${ctx.method}.`);
  });

  router.get(
    '/stories/:room',
    admit,
    push((ctx) => demo.story(ctx.params.room), { join: (a, b) => `${a}${b}` }),
  );

  router.post('/stories/:room', async (ctx) => {
    ctx.body = await demo.beginStory(ctx.params.room as string);
    ctx.status = 202;
  });

  router.delete('/stories/:room', async (ctx) => {
    await demo.story(ctx.params.room as string).stop();
    ctx.status = 204;
  });

  router.get(
    '/here/:room',
    admit,
    push((ctx) => demo.here(ctx.params.room, ctx.req), { presence: (ctx) => demo.member(ctx.params.room, ctx.req) }),
  );

  router.get(
    '/cursors/:room',
    admit,
    push((ctx) => demo.cursors(ctx.params.room)),
  );

  router.post('/cursors/:room', async (ctx) => {
    await demo.moveCursor(ctx.params.room as string, ctx.req);
    ctx.status = 204;
  });

  router.get(
    '/prices',
    admit,
    push((ctx) => demo.prices(ctx.req), { onOpen: (connection, ctx) => demo.watchPrices(connection, ctx.req) }),
  );

  for (const act of ['cut', 'stall'] as const) {
    router.post(`/demo/${act}`, async (ctx) => {
      await demo.disturb(act, ctx.req);
      ctx.status = 204;
    });
  }

  router.get('/demo/nodes', (ctx) => {
    ctx.body = demo.nodes();
  });

  const app = new Koa();
  app.use(answerRefusals);
  app.use(router.routes());
  app.use((ctx) => {
    const file = ctx.method === 'GET' || ctx.method === 'HEAD' ? demo.file(ctx.path) : undefined;
    if (file === undefined) throw new Refusal(404, `There is nothing at ${ctx.method} ${ctx.path}.`);
    ctx.set(file.headers);
    ctx.body = file.body;
  });

  const server = createServer(app.callback());
  acceptUpgrades(server, app);
  return server;
}

async function answerRefusals(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    const refusal = refusalOf(error);
    if (ctx.headerSent) throw error;
    ctx.status = refusal.status;
    ctx.body = { error: refusal.message };
  }
}
