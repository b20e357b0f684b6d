// #region express
import { durableStreams } from '@pushwire/durable-streams';
import { redisBackplane } from '@pushwire/redis';
import express from 'express';
import { createClient } from 'redis';

const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
const streams = durableStreams({ backplane: redisBackplane({ client }) });

const app = express();
// In front of parsers such as express.json(), and behind whatever says who may do what.
app.use('/v1/stream', streams.handle);
// #endregion

const server = app.listen(process.env.PORT ?? 3000);

// #region in-process
app.post('/jobs', async (_req, res) => {
  const path = `/jobs/${crypto.randomUUID()}`;
  await streams.create(path, { contentType: 'application/json', ttl: 3600 });
  res.status(202).location(`/v1/stream${path}`).end();
  for (const done of [0.5, 1]) {
    await streams.append(path, JSON.stringify({ done }), { close: done === 1 });
  }
});
// #endregion

// #region close
process.once('SIGTERM', async () => {
  await streams.close();
  server.close();
});
// #endregion
