import { setTimeout as sleep } from 'node:timers/promises';
import type { Entrant } from './contest';
import { Crowd } from './crowd';
import { ServerHandle } from './server-handle';

/** What to measure of one variant. */
export interface Task {
  readonly variant: string;
  readonly entrant: Entrant;
  readonly clients: number;
  /** Sizes of turns: how many events are published in one, each to be measured. */
  readonly perTurn: readonly number[];
  /** Deliveries that a measurement should have at the least. */
  readonly deliveries: number;
  readonly nodeFlags?: readonly string[];
}

export interface Measurement {
  readonly variant: string;
  readonly clients: number;
  readonly perTurn: number;
  readonly published: number;
  /** As counted by the clients. */
  readonly delivered: number;
  /** User and system time of the server. */
  readonly cpuMicros: number;
  readonly wallMs: number;
}

const leastTurns = 3;
/** How much is sent before each measurement, as a share of what is measured. */
const warmUp = 0.25;
/** How long to look whether anything comes twice. */
const afterglowMs = 20;

/** Starts a server, lets the clients connect, and measures each size of turns with them. */
export async function measure(task: Task): Promise<Measurement[]> {
  const server = await ServerHandle.start(task.entrant.server, task.nodeFlags);
  try {
    const crowd = await Crowd.connect(server.port, task.clients, task.entrant.greeting);
    try {
      const turnsOf = (deliveries: number, k: number) => Math.max(leastTurns, Math.ceil(deliveries / task.clients / k));
      // The code of all sizes is hot, and the heap of a fresh process has grown, before the first of them is measured.
      await sendTurns(server, crowd, task.clients, 1, turnsOf(task.deliveries * warmUp, 1));
      const measurements: Measurement[] = [];
      for (const perTurn of task.perTurn) {
        await sendTurns(server, crowd, task.clients, perTurn, turnsOf(task.deliveries * warmUp, perTurn));
        measurements.push(await measureTurns(server, crowd, task, perTurn, turnsOf(task.deliveries, perTurn)));
      }
      return measurements;
    } finally {
      crowd.close();
    }
  } finally {
    await server.stop();
  }
}

async function measureTurns(
  server: ServerHandle,
  crowd: Crowd,
  { variant, clients }: Task,
  perTurn: number,
  turns: number,
): Promise<Measurement> {
  const before = crowd.delivered;
  const began = performance.now();
  crowd.mark();
  server.mark();
  await sendTurns(server, crowd, clients, perTurn, turns);
  const cpuMicros = await server.read();
  const wallMs = Math.round(performance.now() - began);
  await sleep(afterglowMs);
  crowd.checkEach(turns * perTurn);
  const delivered = crowd.delivered - before;
  return { variant, clients, perTurn, published: turns * perTurn, delivered, cpuMicros, wallMs };
}

/** Every turn waits until all clients have got the one before, so that a server never has a backlog. */
async function sendTurns(server: ServerHandle, crowd: Crowd, clients: number, perTurn: number, turns: number) {
  for (let i = 0; i < turns; i++) {
    const goal = crowd.delivered + clients * perTurn;
    server.publish(perTurn);
    await crowd.untilDelivered(goal);
  }
}
