import { parseArgs } from 'node:util';
import { soak } from './soak';
import { compare } from './verdict';

const usage = `npm run soak -- [options]

  --minutes 10          how long
  --connections 10000   clients that are there at a time; server and clients need as many open files each
  --churn 200           clients a second that leave, as many others come`;

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
  const { came, sentAway, messages, gaps, stalls } = result;
  console.log(
    `${came} clients came, of whom the server sent ${sentAway} away; ${messages} messages were read, ${gaps} gaps ` +
      `announced, and ${stalls} times half of the heavy clients stopped reading.`,
  );
  const comparisons = compare(result);
  console.table(comparisons);
  if (comparisons.some(({ isBack }) => !isBack)) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
