import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleEvent } from '../sample-event';
import type { CreateServer } from '../servers/server';
import type { Answer, Command } from './commands';
import { flood } from './flood';
import type { Memory } from './server-handle';

async function main(variant: string, words: readonly string[]): Promise<void> {
  const { create } = (await import(`../servers/${variant}.js`)) as { create: CreateServer };
  const { server, publish, held } = await create(...words);
  let sequence = 0;
  let mark = process.cpuUsage();

  process.on('message', (command: Command) => {
    if ('publish' in command) {
      for (let i = 0; i < command.publish; i++) publish(sampleEvent(++sequence, command.stamp));
    } else if ('flood' in command) {
      const next = async () => publish(sampleEvent(++sequence, 0));
      flood(next, command.flood, command.maxPending).then((flooded) => answer({ flooded }));
    } else if ('mark' in command) {
      mark = process.cpuUsage();
    } else if ('read' in command) {
      const { user, system } = process.cpuUsage(mark);
      answer({ cpuMicros: user + system });
    } else if ('held' in command) {
      answer({ held: held?.() ?? 0 });
    } else if ('memory' in command) {
      readMemory(command.reclaim).then((memory) => answer({ memory }));
    } else {
      process.exit(0);
    }
  });
  // The server also ends when the bench was interrupted.
  process.on('disconnect', () => process.exit(0));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () => {
    answer({ port: (server.address() as AddressInfo).port });
  });
}

async function readMemory(reclaim: boolean): Promise<Memory> {
  // The second run collects what the first has turned into garbage.
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  const { heapUsed: heap, arrayBuffers: buffers } = process.memoryUsage();
  await sleep(pagesReturnMs);
  const rss = process.memoryUsage.rss();
  if (!reclaim || !canReclaim) return { rss, heap, buffers };
  await globalThis.gc?.({ type: 'major', execution: 'async', flavor: 'last-resort' });
  await sleep(pagesReturnMs);
  return { rss, heap, buffers, reclaimed: process.memoryUsage.rss() };
}

/** V8 of Node 20 does not know the flavor, and collects as ever. */
const canReclaim = Number.parseInt(process.versions.node, 10) >= 22;

/** Milliseconds in which a thread of V8 returns the pages that a collection has emptied. */
const pagesReturnMs = 500;

function answer(message: Answer): void {
  process.send?.(message);
}

main(process.argv[2] as string, process.argv.slice(3));
