import Router from '@koa/router';
import Koa from 'koa';
import websockify from 'koa-websocket';

const app = websockify(new Koa());
const router = new Router();
const sockets = new Set();

// A session stands here.
const auth = (ctx, next) => {
  ctx.state.user = ctx.query.user;
  if (!ctx.state.user) ctx.throw(401);
  return next();
};

// Everyone gets what a client says, and the client alone gets a receipt.
router.all('/chat', auth, (ctx) => {
  sockets.add(ctx.websocket);
  ctx.websocket.on('message', (text) => {
    const message = JSON.stringify({ from: ctx.state.user, text: String(text) });
    for (const socket of sockets) socket.send(message);
    ctx.websocket.send(JSON.stringify({ receipt: sockets.size }));
  });
  ctx.websocket.on('close', () => sockets.delete(ctx.websocket));
});

app.ws.use(router.routes());

export const server = app.listen(process.env.PORT ?? 3000);
