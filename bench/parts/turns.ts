import { setTimeout as sleep } from 'node:timers/promises';
import { type Crowd, withCrowd } from '../clients/crowd';
import type { Comparison, Figure, Measurement, Plan, Subject } from '../contest';
import type { StreamEntrant } from '../entrants';
import { type ServerHandle, withServer } from '../processes/server-handle';

/** The figures of {@link measureTurns}. */
export const turnFigures: readonly Figure[] = [
  { key: 'micros', title: 'µs per event', unit: 'µs', charted: true },
  { key: 'clientMicros', title: "clients' µs", unit: 'µs', charted: false },
];

/** Compares the server CPU with that of another entrant. */
export function besides(base: string, column: string): Comparison {
  return { figure: 'micros', base, column };
}

/** The duration of the warm-up, as a share of that of the measurement. */
const warmUp = 0.25;
/** Milliseconds to wait for events that come twice. */
const duplicateWaitMs = 20;

/** Connects clients to a server and measures turns of each size. */
export function measureTurns({ entrant, clients, plan }: Subject<StreamEntrant>): Promise<Measurement[]> {
  return withServer(entrant.start(plan.node), (server) =>
    withCrowd(server.port, clients, entrant.greeting, (crowd) => measureCrowd(server, crowd, clients, plan)),
  );
}

/** Measures turns of each size with clients that are connected. */
export async function measureCrowd(
  server: ServerHandle,
  crowd: Crowd,
  clients: number,
  plan: Plan,
): Promise<Measurement[]> {
  // Before the first size is measured, the code of all sizes is hot and the heap has grown.
  await sendTurns(server, crowd, { clients, perTurn: 1 }, plan.seconds);
  const measurements: Measurement[] = [];
  for (const perTurn of plan.perTurn) {
    const scene = { clients, perTurn };
    await sendTurns(server, crowd, scene, plan.seconds * warmUp);
    measurements.push(await measureScene(server, crowd, scene, plan.seconds));
  }
  return measurements;
}

/** A scene with turns. */
export type TurnScene = Measurement['scene'] & { readonly perTurn: number };

async function measureScene(server: ServerHandle, crowd: Crowd, scene: TurnScene, seconds: number) {
  const before = crowd.delivered;
  const start = process.cpuUsage();
  crowd.mark();
  server.mark();
  const turns = await sendTurns(server, crowd, scene, seconds);
  const cpuMicros = await server.read();
  const { user, system } = process.cpuUsage(start);
  await sleep(duplicateWaitMs);
  const published = turns * scene.perTurn;
  crowd.checkEach(published);
  const delivered = crowd.delivered - before;
  const figures = { micros: cpuMicros / delivered, clientMicros: (user + system) / delivered };
  return { scene, figures, counted: { published, delivered, cpuMicros } };
}

/**
 * Sends turns, each when all clients have got the previous one, so that a server has no backlog.
 *
 * @returns the number of turns in that time.
 */
export async function sendTurns(server: ServerHandle, crowd: Crowd, { clients, perTurn }: TurnScene, seconds: number) {
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
