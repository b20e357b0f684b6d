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

// #region close
process.once('SIGTERM', async () => {
  await streams.close();
  server.close();
});
// #endregion
