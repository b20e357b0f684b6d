import { createServer } from 'node:http';
import Router from '@koa/router';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();
const hub = createHub();

// #region koa
const server = createServer(app.callback());
acceptUpgrades(server, app);

router.get(
  '/rooms/:room',
  webSocket((ctx) => hub.channel(`room:${ctx.params.room}`), {
    onMessage: (text, { request: ctx }) => hub.channel(`room:${ctx.params.room}`).publish(text),
  }),
);
// #endregion

app.use(router.routes());
server.listen(process.env.PORT ?? 3000);
