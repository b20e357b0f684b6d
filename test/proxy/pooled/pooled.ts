import { setTimeout as sleep } from 'node:timers/promises';
import { bundle } from '../../kit/bundle';
import { Child } from '../../kit/child';
import { freePort } from '../../kit/free-port';
import { until } from '../../kit/until';
import { type Answers, Listener, Orders } from './clients';
import type { FrameworkName, handlers } from './origin';
import type { PoolingProxy } from './proxies';

/** A run: listeners whose streams end all the time, and bystanders who send orders meanwhile. */
export interface Plan {
  readonly framework: FrameworkName;
  readonly proxy: PoolingProxy;
  readonly listeners: number;
  readonly ordersPerSecond: number;
  /** Milliseconds after which the origin ends each stream. */
  readonly maxAge: number;
  readonly seconds: number;
}

export interface PooledResult {
  readonly streams: Answers;
  readonly orders: Answers;
  /** Numbers that listeners did not get. */
  readonly missing: number;
  /** Listeners that did not have the last number at the end. */
  readonly behind: number;
  /** Milliseconds that the shutdown of the origin took while all listeners were connected. */
  readonly shutdownMs: number;
}

const everyMs = 250;
const within = 500;
/** Milliseconds after which a shutdown that does not end is given up. */
const timeout = 20_000;

/** Runs a plan. The proxy stands between all clients and the origin, and shares its connections. */
export async function runPooled(plan: Plan, say: (line: string) => void = () => {}): Promise<PooledResult> {
  const { framework, proxy, maxAge } = plan;
  const settings = { framework, port: await freePort(), maxAge, everyMs };
  const origin = Child.start<typeof handlers>(await bundle('proxy/pooled/origin.ts'), [], settings);
  await origin.call('listen');
  const front = await proxy.start(settings.port);
  try {
    return await measure(plan, front.port, origin, say);
  } finally {
    await front.stop();
    await origin.stop();
  }
}

async function measure(
  { listeners: wanted, ordersPerSecond, seconds }: Plan,
  port: number,
  origin: Child<typeof handlers>,
  say: (line: string) => void,
): Promise<PooledResult> {
  const streams: Answers = new Map();
  const listeners = Array.from({ length: wanted }, () => new Listener(port, streams));
  const orders = new Orders(port, ordersPerSecond);
  const listening = Promise.all(listeners.map((each) => each.run()));
  const ordering = orders.run();
  const missing = () => listeners.reduce((sum, each) => sum + each.missing, 0);
  try {
    for (let second = 1; second <= seconds; second++) {
      await sleep(1000);
      if (second % 5 === 0)
        say(`${second} of ${seconds} s, ${missing()} numbers are missing, streams: ${format(streams)}`);
    }
    orders.stop();
    await ordering;
    const last = await origin.call('finish');
    const areBehind = () => listeners.filter((each) => each.last !== last).length;
    await until('all listeners have the last number', () => areBehind() === 0, 5000).catch((error) => say(`${error}`));
    const behind = areBehind();
    const beforeShutdown = new Map(streams);
    const shutdownMs = await origin.call('shutDown', { within, timeout });
    return { streams: beforeShutdown, orders: orders.answers, missing: missing(), behind, shutdownMs };
  } finally {
    orders.stop();
    for (const each of listeners) each.leave();
    await Promise.all([listening, ordering]);
  }
}

export const format = (answers: Answers) => [...answers].map(([kind, times]) => `${times} × ${kind}`).join(', ');

/** Names everything that went wrong in a run. */
export function faultsOf({ streams, orders, missing, behind, shutdownMs }: PooledResult): string[] {
  const faults = [
    ...[...streams].filter(([kind]) => kind !== '200').map(([kind, times]) => `${times} streams got ${kind}`),
    ...[...orders].filter(([kind]) => kind !== '200').map(([kind, times]) => `${times} orders got ${kind}`),
  ];
  if (missing > 0) faults.push(`${missing} numbers are missing`);
  if (behind > 0) faults.push(`${behind} listeners never got the last number`);
  if (shutdownMs > maxShutdownMs) faults.push(`the shutdown took ${shutdownMs} ms`);
  return faults;
}

/** The longest good shutdown. Without an end of its connections, it lasts until the proxy tires. */
const maxShutdownMs = 5000;
