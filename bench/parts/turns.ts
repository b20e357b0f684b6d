import { setTimeout as sleep } from 'node:timers/promises';
import { type Crowd, withCrowd } from '../clients/crowd';
import type { Comparison, Figure, Measurement, Subject } from '../contest';
import type { StreamEntrant } from '../entrants';
import { type ServerHandle, withServer } from '../processes/server-handle';

/** What {@link measureTurns} finds out. */
export const turnFigures: readonly Figure[] = [
  { key: 'micros', title: 'µs per event', unit: 'µs', charted: true },
  { key: 'clientMicros', title: "clients' µs", unit: 'µs', charted: false },
];

/** Server CPU beside that of another. */
export function besides(base: string, column: string): Comparison {
  return { figure: 'micros', base, column };
}

/** How long is sent before each measurement, as a share of how long is measured. */
const warmUp = 0.25;
/** How long to look whether anything comes twice. */
const afterglowMs = 20;

/** Lets clients connect to a server, and measures each size of turns with them. */
export function measureTurns({ entrant, clients, plan }: Subject<StreamEntrant>): Promise<Measurement[]> {
  return withServer(entrant.start(plan.nodeFlags), (server) =>
    withCrowd(server.port, clients, entrant.greeting, async (crowd) => {
      // The code of all sizes is hot, and the heap of a fresh process has grown, before the first of them is measured.
      await sendTurns(server, crowd, { clients, perTurn: 1 }, plan.seconds);
      const measurements: Measurement[] = [];
      for (const perTurn of plan.perTurn) {
        const scene = { clients, perTurn };
        await sendTurns(server, crowd, scene, plan.seconds * warmUp);
        measurements.push(await measureScene(server, crowd, scene, plan.seconds));
      }
      return measurements;
    }),
  );
}

type TurnScene = Measurement['scene'] & { readonly perTurn: number };

async function measureScene(server: ServerHandle, crowd: Crowd, scene: TurnScene, seconds: number) {
  const before = crowd.delivered;
  const own = process.cpuUsage();
  crowd.mark();
  server.mark();
  const turns = await sendTurns(server, crowd, scene, seconds);
  const cpuMicros = await server.read();
  const { user, system } = process.cpuUsage(own);
  await sleep(afterglowMs);
  const published = turns * scene.perTurn;
  crowd.checkEach(published);
  const delivered = crowd.delivered - before;
  const figures = { micros: cpuMicros / delivered, clientMicros: (user + system) / delivered };
  return { scene, figures, counted: { published, delivered, cpuMicros } };
}

/**
 * Every turn waits until all clients have got the one before, so that a server never has a backlog.
 *
 * @returns how many turns it were in that time.
 */
async function sendTurns(server: ServerHandle, crowd: Crowd, { clients, perTurn }: TurnScene, seconds: number) {
  const end = performance.now() + seconds * 1000;
  let turns = 0;
  do {
    const goal = crowd.delivered + clients * perTurn;
    server.publish(perTurn);
    await crowd.untilDelivered(goal);
    turns++;
  } while (performance.now() < end);
  return turns;
}
