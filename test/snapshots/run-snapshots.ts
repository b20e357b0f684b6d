import { parseArgs } from 'node:util';
import { runVisits } from './visits';

const usage = `npm run snapshots -- [options]

  --connects 10000    how many connections and polls
  --per-second 1000   how many messages are published in a second
  --at-a-time 40      how many clients there are at a time

Clients connect over all transports and frameworks. Each gets a snapshot and then what is published, of which nothing
may be missing and nothing may come twice.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      connects: { type: 'string', default: '10000' },
      'per-second': { type: 'string', default: '1000' },
      'at-a-time': { type: 'string', default: '40' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const plan = {
    connects: Number(values.connects),
    perSecond: Number(values['per-second']),
    atATime: Number(values['at-a-time']),
  };
  const { tallies, failures, published, seconds } = await runVisits(plan, (sentence) => console.error(sentence));
  console.table(tallies);
  console.log(`${published} messages in ${seconds.toFixed(0)} s, ${(published / seconds).toFixed(0)} a second`);
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
