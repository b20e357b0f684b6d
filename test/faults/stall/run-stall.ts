import { parseArgs } from 'node:util';
import { mega, runStall, type StallResult } from './stall';

const usage = `npm run stall -- [options]

  --stalled 1000         clients that read nothing while all is published
  --healthy 100          clients that read
  --megabytes 200        how much is published
  --message-bytes 65536  the bytes of one message
  --rounds 2             how often all is run

In each round: without stalled clients; without, but with as many sockets of a bare server that nobody reads from, since
the kernel gets slow by them alone; and with stalled clients, whose p99 is compared with that.`;

const mostGrowth = 50e6;
/** What p99 may be with stalled clients, in the best of the rounds: the machine has moods, too. */
const mostRatio = 1.5;

interface Variant {
  readonly name: string;
  readonly stalled: number;
  readonly ballast: number;
}

interface Run {
  readonly variant: Variant;
  readonly result: StallResult;
}

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
  const stalled = Number(values.stalled);
  const variants: readonly Variant[] = [
    { name: 'none', stalled: 0, ballast: 0 },
    { name: 'of a bare server', stalled: 0, ballast: stalled },
    { name: `${stalled}`, stalled, ballast: 0 },
  ];
  const runs: Run[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const variant of variants) {
      const say = (line: string) => console.error(`round ${round}, stalled: ${variant.name}: ${line}`);
      runs.push({ variant, result: await runStall({ ...plan, ...variant }, say) });
    }
  }
  console.table(runs.map(rowOf));
  const faults = faultsOf(runs);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function rowOf({ variant, result }: Run): Record<string, string | number> {
  const { before, peak, after, latency, complete, oneGap, kernel } = result;
  return {
    'stalled clients': variant.name,
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

function faultsOf(runs: readonly Run[]): string[] {
  const faults: string[] = [];
  const without = runs.filter(({ variant }) => variant.name === 'none');
  const usual = Math.max(...without.map(({ result }) => result.peak.rss));
  const withStalled = runs.filter(({ variant }) => variant.stalled > 0);
  for (const { variant, result } of withStalled) {
    // Since nothing was published yet, and beside what it takes to serve the healthy clients alone.
    const growth = result.peak.rss - Math.min(result.before.rss, usual);
    if (growth >= mostGrowth) faults.push(`RSS has grown by ${mega(growth)}`);
    const others = variant.stalled - result.complete - result.oneGap;
    if (others > 0) faults.push(`${others} clients were told of more than one gap`);
  }
  const best = (some: readonly Run[]) => Math.min(...some.map(({ result }) => result.latency.p99));
  const ratio = best(withStalled) / best(runs.filter(({ variant }) => variant.ballast > 0));
  console.error(`p99 with stalled clients is ${ratio.toFixed(2)} times that with those of a bare server.`);
  if (ratio > mostRatio) faults.push(`That is more than ${mostRatio} times`);
  return faults;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
