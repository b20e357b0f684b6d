import Router from '@koa/router';
import { durableStreams } from '@pushwire/durable-streams';
import Koa from 'koa';

const streams = durableStreams();
const app = new Koa();

// #region koa
const router = new Router();
router.all('/v1/stream/{*path}', (ctx) => {
  ctx.respond = false;
  return streams.handle(ctx.req, ctx.res);
});
// #endregion

app.use(router.routes()).listen(process.env.PORT ?? 3000);
