// #region redis
import { createHub, push } from '@pushwire/express';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { createClient } from 'redis';

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
const hub = createHub({ backplane: redisBackplane({ client }) });
// #endregion

const app = express();
app.get('/news', push(hub.channel('news')));

// #region failure
app.post('/news', express.json(), async (request, response, next) => {
  try {
    response.status(202).json({ id: await hub.channel('news').publish(request.body) });
  } catch (error) {
    // backplane-unavailable: it was not published. backplane-unconfirmed: it may have been published.
    next(error);
  }
});
// #endregion

app.get('/count', async (_request, response) => {
  response.json({ connections: await hub.channel('news').reportedConnections() });
});

const server = app.listen(process.env.PORT ?? 3000);
process.on('SIGTERM', () => {
  server.close();
  hub.close();
});
