// #region cluster
import cluster from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { clusterBackplane, startBroker } from '@pushwire/cluster';
import { createHub, push } from '@pushwire/express';
import express from 'express';

const replaced = new Set();

if (cluster.isPrimary) {
  startBroker();
  for (let n = 0; n < availableParallelism(); n++) cluster.fork();
  cluster.on('exit', (worker) => replaced.delete(worker) || cluster.fork());
} else {
  const hub = createHub({ backplane: clusterBackplane() });
  const app = express();
  app.get('/news', push(hub.channel('news')));
  app.post('/news', express.json(), async (request, response) => {
    response.status(202).json({ id: await hub.channel('news').publish(request.body), worker: process.pid });
  });
  const server = app.listen(process.env.PORT ?? 3000);
  process.on('SIGTERM', () => {
    server.close(() => process.exit());
    hub.close();
  });
}
// #endregion

// #region restart
if (cluster.isPrimary) {
  // Replaces one worker after the other. Clients continue on the others, and lose nothing.
  process.on('SIGHUP', async () => {
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (worker === undefined) continue;
      await once(cluster.fork(), 'listening');
      replaced.add(worker);
      worker.process.kill('SIGTERM');
    }
  });
}
// #endregion
