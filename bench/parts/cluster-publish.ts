import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Crowd } from '../clients/crowd';
import { eventStream } from '../clients/greeting';
import type { Contest, Entrant, Measurement, Subject } from '../contest';
import { NodeServer } from '../processes/node-server';

/** A worker that publishes, while others follow. */
interface PublishEntrant extends Entrant {
  /** The most publishes that may be without an answer. */
  readonly pending: number;
}

/** The workers that follow. */
const followers = 4;
/** A flood takes longer to measure than a turn. */
const durationFactor = 4;

/** The cost of a publish for the broker and for the worker that publishes, as fast as answers come. */
export const clusterPublish: Contest<PublishEntrant> = {
  name: 'cluster-publish',
  heading: 'A broker and four workers that follow: CPU per publish',
  entrants: {
    'publish-alone': { title: 'one at a time', pending: 1 },
    'publish-together': { title: '100 at a time', pending: 100 },
  },
  figures: [
    { key: 'brokerMicros', title: "broker's µs", unit: 'µs', charted: true },
    { key: 'publisherMicros', title: "publisher's µs", unit: 'µs', charted: true },
    { key: 'perSecond', title: 'published per s', unit: 'count', charted: false },
  ],
  comparisons: [],
  targets: [],
  packages: ['@pushwire/cluster', 'express'],
  clients: [1],
  rounds: 5,
  // So many clients has each worker that follows.
  measure: async ({ entrant, clients, plan }: Subject<PublishEntrant>) => {
    const folder = await mkdtemp(join(tmpdir(), 'pushwire-bench-'));
    const words = [join(folder, 'broker.sock')];
    const open: NodeServer[] = [];
    const crowds: Crowd[] = [];
    const start = async (variant: string, core: number) => {
      const server = await NodeServer.start(variant, { node: plan.node, words, core });
      open.push(server);
      return server;
    };
    try {
      const broker = await start('cluster-broker', 0);
      const publisher = await start('cluster-worker', 1);
      while (crowds.length < followers) {
        const { port } = await start('cluster-worker', 1);
        crowds.push(await Crowd.connect(port, clients, eventStream));
      }
      // The code of both is hot, and the log is full.
      const warm = await publisher.flood(plan.seconds * (durationFactor / 2), entrant.pending);
      await Promise.all(crowds.map((crowd) => crowd.untilDelivered(warm.published * clients)));
      for (const crowd of crowds) crowd.mark();
      for (const server of [broker, publisher]) server.mark();
      const { published, seconds } = await publisher.flood(plan.seconds * durationFactor, entrant.pending);
      const [brokerMicros, publisherMicros] = [await broker.read(), await publisher.read()];
      await Promise.all(crowds.map((crowd) => crowd.untilDelivered((warm.published + published) * clients)));
      for (const crowd of crowds) crowd.checkEach(published);
      const figures = {
        brokerMicros: brokerMicros / published,
        publisherMicros: publisherMicros / published,
        perSecond: published / seconds,
      };
      const counted = { published, delivered: published * clients };
      return [{ scene: { clients }, figures, counted }] satisfies Measurement[];
    } finally {
      for (const crowd of crowds) crowd.close();
      // The broker ends last, since workers complain when it is gone.
      for (const server of open.reverse()) await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
