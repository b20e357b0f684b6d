import Router from '@koa/router';
import { acceptUpgrades, createHub, webSocket } from '@pushwire/koa';
import Koa, { type Middleware } from 'koa';

const app = new Koa();
const router = new Router();
export const hub = createHub();
const chat = hub.channel('chat');

// A session stands here.
const auth: Middleware = (ctx, next) => {
  ctx.state.user = ctx.query.user;
  if (!ctx.state.user) ctx.throw(401);
  return next();
};

// Everyone gets what a client says, and the client alone gets a receipt.
router.get(
  '/chat',
  auth,
  webSocket(chat, {
    onMessage: async (text, client) => {
      await chat.publish({ from: client.request.state.user, text: String(text) });
      client.send({ receipt: hub.stats().connections });
    },
  }),
);

app.use(router.routes());

export const server = app.listen(process.env.PORT ?? 3000);
acceptUpgrades(server, app);
