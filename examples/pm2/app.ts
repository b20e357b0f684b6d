// #region app
import { clusterBackplane } from '@pushwire/cluster';
import { createHub, push } from '@pushwire/express';
import express from 'express';

const path = process.env.BROKER ?? '/run/my-app/pushwire.sock';
const hub = createHub({ backplane: clusterBackplane({ path }) });
// #endregion

const app = express();
app.get('/news', push(hub.channel('news')));
app.post('/news', express.json(), async (request, response) => {
  response.status(202).json({ id: await hub.channel('news').publish(request.body), worker: process.pid });
});
const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGINT', async () => {
  server.close();
  await hub.close();
  process.exit();
});
