import Router from '@koa/router';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();
const hub = createHub();

// #region koa
router.get(
  '/rooms/:room',
  webSocket((ctx) => hub.channel(`room:${ctx.params.room}`), {
    onMessage: (text, { request: ctx }) => hub.channel(`room:${ctx.params.room}`).publish(text),
  }),
);
app.use(router.routes());

const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
// #endregion
