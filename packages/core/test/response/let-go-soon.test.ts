import { letGoSoon } from '../../src/response/let-go-soon';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Ends its request in a tick, as Node does. */
function holder(log: string[], name: string, isUnused = true) {
  return {
    prepareToLetGo() {
      log.push(`prepares ${name}`);
      process.nextTick(() => log.push(`ends ${name}`));
      return isUnused;
    },
    letGo: () => void log.push(`lets go of ${name}`),
  };
}

it('lets go of all requests of a turn when each has ended', async () => {
  const log: string[] = [];
  for (const name of ['a', 'b']) letGoSoon(holder(log, name));
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['prepares a', 'prepares b', 'ends a', 'ends b', 'lets go of a', 'lets go of b']);
});

it('keeps those that something needs', async () => {
  const log: string[] = [];
  letGoSoon(holder(log, 'a', false));
  letGoSoon(holder(log, 'b'));
  await turn();
  expect(log.filter((entry) => entry.startsWith('lets'))).toEqual(['lets go of b']);
});

it('lets go of those that begin while others are let go', async () => {
  const log: string[] = [];
  letGoSoon({ ...holder(log, 'a'), letGo: () => letGoSoon(holder(log, 'b')) });
  await turn();
  await turn();
  expect(log.at(-1)).toBe('lets go of b');
});
