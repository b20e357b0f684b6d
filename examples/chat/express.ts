import { push } from '@pushwire/express';
import express, { type Request } from 'express';
import { servePage } from '../express-page';
import { hubOfEnvironment } from '../hub-of-environment';
import { tokensOf } from './model';

const app = express();
const hub = hubOfEnvironment();

// #region chat
app.get(
  '/answers/:id',
  push((request: Request<{ id: string }>) => hub.run(request.params.id), { join: (a, b) => `${a}${b}` }),
);

app.delete('/answers/:id', async (request, response) => {
  await hub.run(request.params.id).stop('by a reader');
  response.status(204).end();
});

app.post('/chats/:chat', express.json(), async (request, response) => {
  const { id, prompt } = request.body; // the page makes the id, so the same POST twice asks once
  await hub.run(id).start(({ signal }) => tokensOf(prompt, signal), { key: id, lease: 5_000 });
  await hub.channel(`chat:${request.params.chat}`).publish({ id, prompt }, { idempotencyKey: id });
  response.status(202).end();
});
// #endregion

app.get(
  '/chats/:chat',
  push((request: Request<{ chat: string }>) => hub.channel(`chat:${request.params.chat}`)),
);

servePage(app, hub, 'chat/public');
