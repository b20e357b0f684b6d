import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHub, type PushwireError, type RunSender } from '@pushwire/core';
import { answerCalls } from '../../kit/child';
import type { Reply } from '../redis/faulty-node';
import { failures, type Joined, nodeBackplane } from '../redis/node-backplane';
import { watchStalls } from '../redis/stalls';
import { serverOf } from './node-server';
import type { Line, Plan, ProductionEvent, Text } from './words';

// A node starts runs, stops them, and serves their readers. It tells its parent what its producers
// do, so that the parent knows that even of a node that was killed.

/** The settings that a node gets on its command line. */
export interface NodeSettings extends Joined {
  readonly framework: 'express' | 'koa';
}

const settings: NodeSettings = JSON.parse(process.argv[2] as string);

/** A node that starts while Redis is made to evict everything says so. */
const evicting = /^Redis evicts messages/;
/** A producer that has lost its run is reported with the failure of what joins the nodes. */
const expected = /^(backplane|run|hub)-/;

/** The message of what producers throw. */
const planned = 'a failure that was planned';

/** Failures that no fault explains. */
const unexpected: string[] = [];

function failed({ err }: { err?: unknown }, message: string): void {
  const { code, stack, message: thrown } = (err ?? {}) as { code?: string; stack?: string; message?: string };
  if (thrown === planned || evicting.test(message)) return;
  if (failures.includes(message) && !(err instanceof TypeError)) return;
  if (!expected.test(code ?? '')) unexpected.push(`${message}: ${stack ?? err}`);
}

const hub = createHub({
  logger: { debug() {}, info() {}, error: failed },
  retry: 500,
  backplane: nodeBackplane(settings),
});

process.on('unhandledRejection', (error) => unexpected.push(`unhandled: ${(error as Error)?.stack ?? error}`));

const tell = (event: ProductionEvent) => process.send?.(event);

// The machine may be too busy to run this process, or it was paused. The parent must know of that.
watchStalls((stall) => process.send?.(stall));

/** Yields the numbers from 1 on, as the plan says. */
async function* numbers(
  { total, interval, burst, ending }: Plan,
  production: string,
  key: string,
  signal: AbortSignal,
) {
  tell({ production, key, kind: 'begun' });
  let n = 0;
  try {
    while (n < total) {
      for (let i = 0; i < burst && n < total; i++) {
        n++;
        yield { data: { production, key, n, isLast: n === total && ending === 'complete' } satisfies Text };
      }
      await sleep(interval, undefined, { signal });
    }
    if (ending === 'throw') throw new Error(planned);
  } finally {
    tell({ production, key, kind: 'finished', generated: n });
  }
}

const codeOf = (error: unknown) => (error as PushwireError).code ?? String(error);

async function settled<T>(act: () => Promise<T>): Promise<Reply<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

async function start({ id, key, plan, whenRunning }: Parameters<typeof handlers.start>[0]) {
  const production = randomUUID();
  const send = async (run: RunSender, signal: AbortSignal) => {
    for await (const { data } of numbers(plan, production, key, signal)) {
      const sent = run.send(data);
      if (plan.awaits) await sent;
    }
  };
  const { lease, keep } = plan;
  const produce = ({ signal, run }: { signal: AbortSignal; run: RunSender }) =>
    plan.sends ? send(run, signal) : numbers(plan, production, key, signal);
  const { started, state, done } = await hub.run(id).start(produce, { key, lease, keep, whenRunning });
  if (started) void done.then(({ status }) => tell({ production, key, kind: 'done', status }));
  return { started, status: state.status };
}

/** Answers with what a loop over a run gets, as lines. */
async function serveLoop(id: string, cursor: string | undefined, response: ServerResponse): Promise<void> {
  response.on('error', () => {});
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' }).flushHeaders();
  const write = (line: Line) => response.write(`${JSON.stringify(line)}\n`);
  const leaving = new AbortController();
  response.on('close', () => leaving.abort());
  try {
    for await (const item of hub.run(id).read(cursor, { signal: leaving.signal })) {
      if ('gap' in item && item.gap) write({ gap: item.gap.reason });
      else write({ id: item.id as string, data: item.data as Text });
    }
    write({ end: 'clean' });
  } catch (error) {
    write({ error: codeOf(error) });
  }
  response.end();
}

const server = serverOf(settings.framework, (id) => hub.run(id), serveLoop);

export const handlers = {
  port: () =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    }),
  start: (call: { id: string; key: string; plan: Plan; whenRunning: 'join' | 'refuse' | 'replace' }) =>
    settled(() => start(call)),
  stop: ({ id, reason, key }: { id: string; reason: string; key: string }) =>
    settled(() => hub.run(id).stop(reason, { key })),
  state: (id: string) => settled(() => hub.run(id).state()),
  shutDown: () => hub.close(),
  unexpected: () => unexpected,
};

answerCalls(handlers);
