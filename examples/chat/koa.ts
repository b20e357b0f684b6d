import { json } from 'node:stream/consumers';
import Router from '@koa/router';
import { push } from '@pushwire/koa';
import Koa from 'koa';
import { hubOfEnvironment } from '../hub-of-environment';
import { readPageFiles } from '../page-files';
import { tokensOf } from './model';

const app = new Koa();
const router = new Router();
const hub = hubOfEnvironment();

// #region chat
router.get(
  '/answers/:id',
  push((ctx) => hub.run(ctx.params.id), { join: (a, b) => `${a}${b}` }),
);

router.delete('/answers/:id', async (ctx) => {
  await hub.run(ctx.params.id as string).stop('by a reader');
  ctx.status = 204;
});

router.post('/chats/:chat', async (ctx) => {
  const { id, prompt } = (await json(ctx.req)) as Question; // the page makes the id, so the same POST twice asks once
  await hub.run(id).start(({ signal }) => tokensOf(prompt, signal), { key: id, lease: 5_000 });
  await hub.channel(`chat:${ctx.params.chat}`).publish({ id, prompt }, { idempotencyKey: id });
  ctx.status = 202;
});
// #endregion

interface Question {
  readonly id: string;
  readonly prompt: string;
}

router.get(
  '/chats/:chat',
  push((ctx) => hub.channel(`chat:${ctx.params.chat}`)),
);

const page = readPageFiles('chat/public');
app.use(router.routes());
app.use((ctx) => {
  const file = page.get(ctx.path);
  if (!file) return;
  ctx.set(file.headers);
  ctx.body = file.body;
});

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', async () => {
  server.close();
  await hub.close();
});
