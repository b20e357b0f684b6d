import { createHub, type Hub } from '@pushwire/core';
import { adapters, type Running } from '../kit/adapters';
import { type ReadRound, readers } from '../kit/readers';
import { until } from '../kit/until';
import { Counters } from './counters';
import { Sight } from './sight';

export const transports = ['sse', 'ndjson', 'comet', 'long-poll', 'poll', 'websocket'] as const;

export interface Plan {
  /** Connections and polls that are opened before the end. */
  readonly connects: number;
  readonly atATime: number;
  readonly perSecond: number;
  /** The hub that publishes, and the hub that clients connect to. Defaults to one hub for both. */
  readonly hubs?: { readonly publisher: Hub; readonly server: Hub };
  /** The ways in which the app gives its state. Defaults to all. */
  readonly ways?: readonly string[];
}

/** What the visits over one transport have seen. */
export interface Tally {
  connects: number;
  snapshots: number;
  numbers: number;
  gaps: number;
}

export interface Visits {
  readonly tallies: Readonly<Record<string, Tally>>;
  readonly failures: readonly string[];
  readonly published: number;
  readonly seconds: number;
}

const names = ['left', 'right'];
/** The most messages that each counter keeps, so that a client that waits for a moment has a gap. */
export const kept = 250;

/** Every route of every framework with its reader. */
interface Door {
  readonly name: string;
  readonly transport: string;
  readonly url: string;
  readonly read: ReadRound;
}

/**
 * Lets clients come and go over all transports and frameworks, while counters count.
 *
 * @param say gets the progress, about once a second.
 */
export async function runVisits(plan: Plan, say: (sentence: string) => void = () => {}): Promise<Visits> {
  const { publisher, server } = plan.hubs ?? oneHub();
  const counters = new Counters(publisher, names, plan.perSecond).start();
  const source = names.map((name) => server.channel(name));
  const apps: Running[] = [];
  const doors: Door[] = [];
  for (const { name, http2, start } of adapters) {
    const app = await start();
    apps.push(app);
    for (const [how, initial] of Object.entries(counters.initials)) {
      if (plan.ways?.includes(how) === false) continue;
      const url = app.url + app.serve({ source, push: { initial } });
      for (const transport of transports) {
        const read = readers(http2)[transport] as ReadRound;
        doors.push({ name: `${transport} on ${name}, the state ${how}`, transport, url, read });
      }
    }
  }
  const tallies = Object.fromEntries(
    transports.map((name): [string, Tally] => [name, { connects: 0, snapshots: 0, numbers: 0, gaps: 0 }]),
  );
  const failures: string[] = [];
  const startedAt = Date.now();
  let [next, connects] = [0, 0];
  const timer = setInterval(() => {
    say(`${connects} of ${plan.connects} connects, ${counters.published} published, ${failures.length} failures`);
  }, 1000);
  const visitOn = async () => {
    while (connects < plan.connects && failures.length < 20) {
      const visit = next++;
      const door = doors[visit % doors.length] as Door;
      const tally = tallies[door.transport] as Tally;
      const sight = new Sight();
      const onConnect = () => {
        connects++;
        tally.connects++;
      };
      try {
        await visitOnce(door, sight, counters, visit % 5 === 0, onConnect);
      } catch (error) {
        failures.push(`${door.name}: ${(error as Error).message}`);
      }
      tally.snapshots += sight.snapshots;
      tally.numbers += sight.numbers;
      tally.gaps += sight.gaps;
    }
  };
  await Promise.all(Array.from({ length: plan.atATime }, visitOn));
  clearInterval(timer);
  counters.stop();
  const seconds = (Date.now() - startedAt) / 1000;
  for (const hub of new Set([server, publisher])) await hub.close();
  await Promise.all(apps.map((app) => app.close()));
  return { tallies, failures, published: counters.published, seconds };
}

function oneHub(): NonNullable<Plan['hubs']> {
  const hub = createHub({ log: { count: kept } });
  return { publisher: hub, server: hub };
}

/** A client connects, comes back at once, and perhaps again after its place is gone. */
async function visitOnce(
  { url, read }: Door,
  sight: Sight,
  counters: Counters,
  isLate: boolean,
  onConnect: () => void,
): Promise<void> {
  let cursor: string | undefined;
  const connect = async (enough: number) => {
    onConnect();
    const round = await read(url, cursor, enough);
    if (round.status >= 400) throw new Error(`status ${round.status}`);
    sight.take(round);
    cursor = round.cursor;
  };
  await connect(names.length + 6);
  await connect(4);
  if (!isLate) return;
  const head = counters.published;
  await until('its place is gone', () => counters.published > head + 2 * names.length * kept);
  await connect(names.length + 4);
  await connect(4);
}
