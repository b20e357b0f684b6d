import { clusterBackplane } from '@pushwire/cluster';
import { createHub, memoryBackplane, type State } from '@pushwire/core';
import { redisBackplane } from '@pushwire/redis';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { BrokerProcess } from '../kit/broker-process';
import { RedisServer, redisServer } from '../kit/redis-server';
import { SocketGate } from '../kit/socket-gate';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { HubServer, quiet } from './hub-server';
import { StateReader } from './state-reader';

// Random sequences of writes by two processes, and of clients that come, go on elsewhere and leave,
// beside a map. In the end, each client shows the map.

/** Deletions are forgotten soon, so that clients that come back have gaps. */
const limits = { deletions: 3, keys: 6 };
const age = 100;

type Step = { readonly at: 0 | 1 } & (
  | { readonly do: 'set' | 'patch' | 'delete' | 'set if free'; readonly key: string }
  | { readonly do: 'come' | 'leave'; readonly reader: number }
  | { readonly do: 'clear' | 'cut' | 'wait' }
);

const at = fc.constantFrom<0 | 1>(0, 1);
const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const write = fc.constantFrom(
  'set' as const,
  'set' as const,
  'patch' as const,
  'delete' as const,
  'set if free' as const,
);
const reader = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ at, do: write, key }) },
  { weight: 6, arbitrary: fc.record({ at, do: fc.constantFrom('come' as const, 'leave' as const), reader }) },
  { weight: 1, arbitrary: fc.record({ at, do: fc.constantFrom('clear' as const, 'cut' as const, 'wait' as const) }) },
);

/** Two processes, or one twice. */
interface Setting {
  readonly servers: readonly [HubServer, HubServer];
  /** Cuts the connections on which messages arrive. */
  cut(): Promise<unknown>;
}

const failure = ({ code }: { readonly code?: string }) => code;

async function change(state: State<unknown>, step: Step, truth: Map<string, unknown>, n: number): Promise<void> {
  if (!('key' in step)) return;
  const { do: what, key } = step;
  if (what === 'delete') {
    await state.delete(key);
    truth.delete(key);
    return;
  }
  const former = truth.get(key);
  const value = what === 'patch' ? { ...(former as object), [`p${n % 3}`]: n } : { n };
  const call = what === 'patch' ? state.patch(key, { [`p${n % 3}`]: n }) : undefined;
  const options = what === 'set if free' ? { ifId: null } : {};
  const code = await (call ?? state.set(key, value, options)).then(() => undefined, failure);
  if (what === 'set if free' && former !== undefined) expect(code).toBe('value-moved');
  else if (former === undefined && truth.size === limits.keys) expect(code).toBe('state-full');
  else {
    expect(code).toBeUndefined();
    truth.delete(key);
    truth.set(key, value);
  }
}

async function run({ servers, cut }: Setting, name: string, steps: readonly Step[]): Promise<void> {
  const states = servers.map(({ hub }) => hub.state(name)) as [State<unknown>, State<unknown>];
  const readers = [0, 1, 2].map(() => new StateReader());
  const truth = new Map<string, unknown>();
  const url = (at: 0 | 1) => servers[at].url;
  try {
    for (const [n, step] of steps.entries()) {
      const state = states[step.at];
      if (step.do === 'come') await readers[step.reader]?.connect(url(step.at), name);
      else if (step.do === 'leave') readers[step.reader]?.leave();
      else if (step.do === 'cut') await cut();
      else if (step.do === 'wait') await new Promise((resolve) => setTimeout(resolve, 20));
      else if (step.do === 'clear') {
        await state.clear();
        truth.clear();
      } else await change(state, step, truth, n);
    }
    const wanted = Object.fromEntries(truth);
    for (const state of states) {
      const entries = await state.entries();
      expect(entries.map(({ key, value }) => [key, value])).toEqual([...truth]);
    }
    for (const [i, one] of readers.entries()) if (!one.isConnected) await one.connect(url(i ? 1 : 0), name);
    for (const one of readers) await one.shows(wanted);
  } finally {
    for (const one of readers) one.leave();
  }
}

/** All keys of such a state become too old, and clients see that. */
async function runOut({ servers }: Setting, name: string, steps: readonly Step[]): Promise<void> {
  const states = servers.map(({ hub }) => hub.state(name)) as [State<unknown>, State<unknown>];
  const readers = [0, 1, 2].map(() => new StateReader());
  const isOver = new Promise((resolve) => setTimeout(resolve, age * 3));
  try {
    for (const [n, step] of steps.entries()) {
      if (step.do === 'come') await readers[step.reader]?.connect(servers[step.at].url, name);
      else if (step.do === 'set' || step.do === 'patch') await states[step.at].set(step.key, n).catch(() => {});
      else if (step.do === 'wait') await new Promise((resolve) => setTimeout(resolve, age / 2));
      else if (step.do === 'delete') await states[step.at].delete(step.key);
    }
    await isOver;
    for (const one of readers) if (!one.isConnected) await one.connect(servers[0].url, name);
    for (const one of readers) await one.shows({});
    expect([...(await states[0].entries()), ...(await states[1].entries())]).toEqual([]);
  } finally {
    for (const one of readers) one.leave();
  }
}

let names = 0;

const property = (act: typeof run, setting: Setting, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => act(setting, `state ${++names}`, steps)),
    { numRuns, interruptAfterTimeLimit: 20_000 },
  );

const limitsOf = { state: () => limits };
const aging = { state: () => ({ ...limits, age }) };

describe('random changes of states in memory', () => {
  it.each([
    ['are shown by each client', run, limitsOf],
    ['become too old', runOut, aging],
  ] as const)('%s', async (_what, act, options) => {
    const server = await HubServer.start(createHub({ backplane: memoryBackplane(), ...options }));
    await property(act, { servers: [server, server], cut: async () => {} }, act === run ? 50 : 10);
    await server.close();
  });
});

describe('random changes of states with a broker', () => {
  let broker: BrokerProcess;
  let gate: SocketGate;
  beforeAll(async () => {
    broker = await BrokerProcess.start();
    gate = await SocketGate.start(() => broker.path);
  });
  afterAll(async () => {
    await gate.close();
    await broker.stop();
  });

  it.each([
    ['are shown by each client', run, limitsOf],
    ['become too old', runOut, aging],
  ] as const)('%s', async (_what, act, options) => {
    const backplane = () => clusterBackplane({ path: gate.path, timeout: 2000 });
    const serve = () => HubServer.start(createHub({ backplane: backplane(), logger: quiet, ...options }));
    const servers = [await serve(), await serve()] as const;
    const cut = async () => {
      const lost = servers.map(({ hub }) => [hub, hub.health().backplane.since] as const);
      gate.cut();
      for (const [hub, before] of lost) {
        await until('it has connected again', () => {
          const { reachable, since } = hub.health().backplane;
          return reachable && since !== before;
        });
      }
    };
    await property(act, { servers, cut }, act === run ? 60 : 10);
    for (const one of servers) await one.close();
  });
});

describeWith(redisServer, 'random changes of states in Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());

  it.each([
    ['are shown by each client', run, limitsOf],
    ['become too old', runOut, aging],
  ] as const)('%s', async (_what, act, options) => {
    const serve = () => {
      const client = new Redis(server.port, { lazyConnect: true });
      const backplane = redisBackplane({ client, checkInterval: 600_000, timeout: 2000 });
      return HubServer.start(createHub({ backplane, logger: quiet, ...options }));
    };
    const servers = [await serve(), await serve()] as const;
    for (const one of servers) await until('it takes clients', () => one.takesClients());
    const admin = server.client();
    await property(act, { servers, cut: () => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub') }, act === run ? 60 : 10);
    admin.disconnect();
    for (const one of servers) await one.close();
  });
});
