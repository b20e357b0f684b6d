import { join } from 'node:path';
import { Child } from '../../kit/child';
import { until } from '../../kit/until';
import { fillKernel } from './ballast';
import { Crowd } from './crowd';
import type { handlers } from './server';

export interface StallPlan {
  readonly healthy: number;
  /** Clients that read nothing while everything is published. Every second one is a WebSocket. */
  readonly stalled: number;
  /** Sockets of a bare server that are as full as those of stalled clients. Defaults to 0. */
  readonly ballast?: number;
  /** Bytes that are published in total, and bytes of one message. */
  readonly bytes: number;
  readonly messageBytes: number;
  /** Messages per turn. The next turn follows when the healthy clients have them. */
  readonly perTurn: number;
}

type Memory = Awaited<ReturnType<(typeof handlers)['memory']>>;

export interface StallResult {
  readonly messages: number;
  /** Lagging connections by the server's count when everything is published. */
  readonly lagging: number;
  /** The server's memory with all clients connected and nothing published. */
  readonly before: Memory;
  /** The server's largest memory sample while it published. */
  readonly peak: Memory;
  /** The most bytes the kernel held for all sockets, where it tells. */
  readonly kernel: number | undefined;
  /** The server's memory after the stalled clients have read everything. */
  readonly after: Memory;
  /** Latency of the healthy clients, in ms. */
  readonly latency: { readonly p50: number; readonly p99: number };
  /** The number of stalled clients that got everything, and of those that got one gap. */
  readonly complete: number;
  readonly oneGap: number;
  readonly moreGaps: number;
}

const samples = 20;

/**
 * Publishes to healthy clients and to stalled ones, and lets the stalled ones read at the end.
 *
 * @throws {Error} when a client misses a message without a gap, or a healthy client gets a gap.
 */
export async function runStall(plan: StallPlan, progress: (line: string) => void = () => {}): Promise<StallResult> {
  const child = Child.start<typeof handlers>(join(__dirname, 'server.ts'), ['--expose-gc'], {
    options: { stallTimeout: 3_600_000 },
  });
  let crowds: Crowd[] = [];
  let dropBallast = () => {};
  try {
    if (plan.ballast) dropBallast = await fillKernel(plan.ballast);
    const port = await child.call('port');
    const healthy = new Crowd(port);
    const stalled = new Crowd(port, true);
    crowds = [healthy, stalled];
    for (let n = 0; n < plan.healthy; n++) healthy.add('sse');
    for (let n = 0; n < plan.stalled; n++) stalled.add(n % 2 === 0 ? 'sse' : 'websocket');
    await until(
      'all are connected',
      async () => (await child.call('stats')).connections === plan.healthy + plan.stalled,
    );

    const before = await child.call('memory');
    let peak = before;
    let kernel = before.kernel;
    const messages = Math.ceil(plan.bytes / plan.messageBytes);
    const turns = Math.ceil(messages / plan.perTurn);
    let last = 0;
    for (let turn = 1; turn <= turns; turn++) {
      last = await child.call('publish', { messages: plan.perTurn, bytes: plan.messageBytes });
      await healthy.untilAll(last);
      if (turn % Math.ceil(turns / samples) !== 0 && turn !== turns) continue;
      const memory = await child.call('memory');
      if (memory.rss > peak.rss) peak = memory;
      if (memory.kernel !== undefined) kernel = Math.max(kernel ?? 0, memory.kernel);
      progress(`${mega(last * plan.messageBytes)} published, RSS ${mega(memory.rss)} after ${mega(before.rss)}`);
    }
    if (healthy.gaps.some((gaps) => gaps > 0)) throw new Error('A healthy client was told of a gap');

    const { lagging } = await child.call('stats');
    if (plan.stalled > 0) progress(`${plan.stalled} stalled clients read again`);
    stalled.resume();
    await stalled.untilAll(last);
    const after = await child.call('memory');
    const count = (fits: (gaps: number) => boolean) => stalled.gaps.filter(fits).length;
    return {
      messages: last,
      lagging,
      before,
      peak,
      kernel,
      after,
      latency: percentiles(healthy.latencies),
      complete: count((gaps) => gaps === 0),
      oneGap: count((gaps) => gaps === 1),
      moreGaps: count((gaps) => gaps > 1),
    };
  } finally {
    for (const crowd of crowds) crowd.close();
    dropBallast();
    await child.stop();
  }
}

function percentiles(micros: readonly number[]): StallResult['latency'] {
  const sorted = Float64Array.from(micros).sort();
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1000;
  return { p50: at(0.5), p99: at(0.99) };
}

export const mega = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
