import { parseArgs } from 'node:util';
import { mega, runStall, type StallResult } from './stall';

const usage = `npm run stall -- [options]

  --stalled 1000         clients that read nothing while all is published
  --healthy 100          clients that read
  --megabytes 200        how much is published
  --message-bytes 65536  the bytes of one message
  --rounds 2             how often it is run without and with stalled clients, in turn`;

const mostGrowth = 50e6;
/** What p99 may be with stalled clients, in the best of the rounds: the machine has moods, too. */
const mostRatio = 1.5;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      stalled: { type: 'string', default: '1000' },
      healthy: { type: 'string', default: '100' },
      megabytes: { type: 'string', default: '200' },
      'message-bytes': { type: 'string', default: '65536' },
      rounds: { type: 'string', default: '2' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const plan = {
    healthy: Number(values.healthy),
    bytes: Number(values.megabytes) * 1e6,
    messageBytes: Number(values['message-bytes']),
    perTurn: 2,
  };
  const results: { stalled: number; result: StallResult }[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const stalled of [0, Number(values.stalled)]) {
      const say = (line: string) => console.error(`round ${round}, ${stalled} stalled: ${line}`);
      results.push({ stalled, result: await runStall({ ...plan, stalled }, say) });
    }
  }
  console.table(results.map(({ stalled, result }) => rowOf(stalled, result)));
  const faults = faultsOf(results);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function rowOf(stalled: number, result: StallResult): Record<string, string | number> {
  const { before, peak, after, latency, complete, oneGap, kernel } = result;
  return {
    'stalled clients': stalled,
    'RSS before': mega(before.rss),
    'RSS, most': mega(peak.rss),
    'grown by': mega(peak.rss - before.rss),
    'RSS, all read': mega(after.rss),
    'kernel, most': kernel === undefined ? '?' : mega(kernel),
    'p50 ms': latency.p50.toFixed(1),
    'p99 ms': latency.p99.toFixed(1),
    'got all': complete,
    'one gap': oneGap,
  };
}

function faultsOf(results: readonly { stalled: number; result: StallResult }[]): string[] {
  const faults: string[] = [];
  const best = { with: Number.POSITIVE_INFINITY, without: Number.POSITIVE_INFINITY };
  for (const { stalled, result } of results) {
    const { before, peak, complete, oneGap, latency } = result;
    const which = stalled > 0 ? 'with' : 'without';
    best[which] = Math.min(best[which], latency.p99);
    const growth = peak.rss - before.rss;
    if (stalled > 0 && growth >= mostGrowth) faults.push(`RSS has grown by ${mega(growth)}`);
    if (complete + oneGap !== stalled) faults.push(`${stalled - complete - oneGap} were told of more than one gap`);
  }
  const ratio = best.with / best.without;
  console.error(`p99 with stalled clients is ${ratio.toFixed(2)} times that without them.`);
  if (ratio > mostRatio) faults.push(`That is more than ${mostRatio} times`);
  return faults;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
