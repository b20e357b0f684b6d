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

describe('when one of them throws', () => {
  const throws = () => {
    throw new Error('patched by the app');
  };

  /** Runs what is put off, and returns how often it threw. An app may keep its process alive then. */
  function runAll(begin: () => void): number {
    const later: (() => void)[] = [];
    const keep = (act: (...given: never[]) => void, ...given: never[]) => later.push(() => act(...given));
    const spies = [
      jest.spyOn(globalThis, 'setImmediate').mockImplementation(keep as never),
      jest.spyOn(process, 'nextTick').mockImplementation(keep as never),
    ];
    let thrown = 0;
    begin();
    for (let act = later.shift(); act; act = later.shift()) {
      try {
        act();
      } catch (error) {
        expect((error as Error).message).toBe('patched by the app');
        thrown++;
      }
    }
    for (const spy of spies) spy.mockRestore();
    return thrown;
  }

  it.each(['prepareToLetGo', 'letGo'])('in %s, the others are let go', (method) => {
    const log: string[] = [];
    const thrown = runAll(() => {
      letGoSoon(holder(log, 'a'));
      letGoSoon({ ...holder(log, 'b'), [method]: throws });
      for (const name of ['c', 'd']) letGoSoon(holder(log, name));
    });
    expect(log.filter((entry) => entry.startsWith('lets'))).toEqual(
      ['a', 'c', 'd'].map((name) => `lets go of ${name}`),
    );
    expect(thrown).toBe(1);
  });
});
