import Router from '@koa/router';
import { type OpenStream, openStream } from '@pushwire/koa';
import Koa, { type Middleware } from 'koa';

const router = new Router();

// #region ctx-sse
/** Gives each route behind it a `ctx.state.sse`. */
const sse: Middleware<{ sse: OpenStream }> = async (ctx, next) => {
  ctx.state.sse = await openStream(ctx, { transport: 'sse' });
  await next();
};

router.get('/clock', sse, (ctx) => {
  const { sse } = ctx.state;
  sse.send('hello', { id: '1', event: 'greeting' });
  const timer = setInterval(() => sse.send({ now: Date.now() }), 100);
  sse.closed.then(() => clearInterval(timer));
});
// #endregion

new Koa().use(router.routes()).listen(process.env.PORT ?? 3000);
