import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { clusterBackplane, startBroker } from '@pushwire/cluster';
import { acceptUpgrades, createHub, PushwireError, push } from '@pushwire/express';
import express from 'express';
import { answerCalls } from '../kit/child';

// An app in the workers of node:cluster. The primary has the broker, and replaces what ends.

const workers = 2;

// By default the primary accepts connections and hands them over. One that is on its way to a worker
// that is killed hangs for ever, in Node itself.
cluster.schedulingPolicy = cluster.SCHED_NONE;

/** The workers that take connections. */
const listening = new Set<Worker>();

/** The worker that takes the place of the last that has ended. */
let replacement: Promise<void> | undefined;

/** Starts a worker. Resolves when it takes connections. */
async function fork(port: number): Promise<void> {
  await once(cluster.fork({ PORT: String(port) }), 'listening');
}

export const handlers = {
  /** Starts the workers on one port. */
  async start(port: number): Promise<void> {
    startBroker();
    cluster.on('exit', (worker) => {
      listening.delete(worker);
      replacement = fork(port);
    });
    cluster.on('listening', (worker) => listening.add(worker));
    await Promise.all(Array.from({ length: workers }, () => fork(port)));
  },
  /** Kills one worker, as the kernel would. */
  kill(index: number): void {
    [...listening][index % listening.size]?.process.kill('SIGKILL');
  },
  /** Replaces one worker after the other. */
  async restart(): Promise<number> {
    const all = [...listening];
    for (const worker of all) {
      worker.process.kill('SIGTERM');
      await once(worker, 'exit');
      await replacement;
    }
    return all.length;
  },
};

function serve(): void {
  const hub = createHub({ backplane: clusterBackplane(), retry: 500, log: { count: 100_000 } });
  const app = express();
  const channelsOf = (names: string) => names.split(',').map((name) => hub.channel(name));
  app.get(
    '/:channels',
    push(({ params }) => channelsOf(String(params.channels))),
  );
  app.post('/:channel', express.json(), async ({ params, body }, response) => {
    try {
      const { data, key } = body as { data: unknown; key?: string };
      const options = key === undefined ? {} : { idempotencyKey: key };
      response.json({ id: await hub.channel(String(params.channel)).publish(data, options) });
    } catch (error) {
      if (!(error instanceof PushwireError)) throw error;
      response.json({ code: error.code });
    }
  });
  app.delete('/:channel', async ({ params }, response) => {
    await hub.channel(String(params.channel)).end();
    response.end();
  });
  const server = app.listen(Number(process.env.PORT));
  acceptUpgrades(server, app);
  process.on('SIGTERM', async () => {
    server.close();
    await hub.close();
    process.exit();
  });
}

if (cluster.isPrimary) answerCalls(handlers);
else serve();
