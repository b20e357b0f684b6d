import { parseArgs } from 'node:util';
import { mega, runStall, type StallResult } from './stall';

const usage = `npm run stall -- [options]

  --stalled 1000         clients that read nothing while everything is published
  --healthy 100          clients that read
  --megabytes 200        how much is published
  --message-bytes 65536  the bytes of one message
  --rounds 2             how often everything is run

Each round runs without stalled clients, then without them but with as many unread sockets of a bare server, which
alone slow the kernel down, and then with stalled clients. The p99 of the last two is compared.`;

const maxGrowth = 50e6;
/** The limit of p99 with stalled clients, in the best round, since the machine varies as well. */
const maxRatio = 1.5;

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
    'RSS, peak': mega(peak.rss),
    'grown by': mega(peak.rss - before.rss),
    'RSS, all read': mega(after.rss),
    'kernel, peak': kernel === undefined ? '?' : mega(kernel),
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
    // Growth since before the first publish, beyond the peak with healthy clients alone.
    const growth = result.peak.rss - Math.min(result.before.rss, usual);
    if (growth >= maxGrowth) faults.push(`RSS grew by ${mega(growth)}`);
    const others = variant.stalled - result.complete - result.oneGap;
    if (others > 0) faults.push(`${others} clients were told of more than one gap`);
  }
  const best = (some: readonly Run[]) => Math.min(...some.map(({ result }) => result.latency.p99));
  const ratio = best(withStalled) / best(runs.filter(({ variant }) => variant.ballast > 0));
  console.error(`p99 with stalled clients is ${ratio.toFixed(2)} times that with those of a bare server.`);
  if (ratio > maxRatio) faults.push(`That is more than ${maxRatio} times`);
  return faults;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
