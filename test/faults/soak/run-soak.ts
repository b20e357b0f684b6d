import { parseArgs } from 'node:util';
import { soak } from './soak';
import { compare } from './verdict';

const usage = `npm run soak -- [options]

  --minutes 10          how long
  --connections 10000   open connections; server and clients need as many open files each
  --churn 200           clients per second that leave and are replaced`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      connections: { type: 'string', default: '10000' },
      churn: { type: 'string', default: '200' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const result = await soak(
    {
      connections: Number(values.connections),
      heavy: 40,
      churn: Number(values.churn),
      seconds: Number(values.minutes) * 60,
      stallEvery: 10,
      maxAge: 60_000,
    },
    (line) => console.error(line),
  );
  const { came, closedByServer, messages, gaps, stalls } = result;
  console.log(
    `${came} clients connected, and the server closed ${closedByServer} of them. They read ${messages} messages and ` +
      `${gaps} gaps, and half of the heavy clients stopped reading ${stalls} times.`,
  );
  const comparisons = compare(result);
  console.table(comparisons);
  if (comparisons.some(({ isBack }) => !isBack)) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
