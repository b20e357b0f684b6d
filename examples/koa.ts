import Router from '@koa/router';
import { createHub, sse } from '@pushwire/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();
const hub = createHub();

// #region koa
router.get('/news', sse(hub.channel('news')));
router.get(
  '/rooms/:room',
  sse((ctx) => hub.channel(`room:${ctx.params.room}`)),
);
// #endregion
app.use(router.routes());
app.listen(process.env.PORT ?? 3000);
