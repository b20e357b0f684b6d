import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setUp } from './kit';

/** Collects garbage until an object is gone. */
async function isCollected(object: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let n = 0; n < 20 && object.deref(); n++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collect();
  }
  return object.deref() === undefined;
}

it('a run that has ended keeps nothing of its producer in memory', async () => {
  const { run, settle, pass } = setUp();
  const start = async () => {
    const request = { body: 'x'.repeat(1000) };
    await run.start(async function* () {
      yield request.body;
    });
    return new WeakRef(request);
  };
  const request = await start();
  await settle();
  await pass(1000);
  expect((await run.state()).status).toBe('completed');
  expect(await isCollected(request)).toBe(true);
});
