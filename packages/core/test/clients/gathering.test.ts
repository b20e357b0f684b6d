import { Gathering } from '../../src/clients/gathering';

const connection = (since: number) => ({ id: `c${since}`, transport: 'sse' as const, channels: [], since });

const isSettled = async (promise: Promise<void>) => {
  let settled = false;
  promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
};

describe('the answers of all processes', () => {
  it('are awaited, those that came early too', async () => {
    const gathering = new Gathering();
    gathering.take({ call: 'x', from: 'a', connections: [connection(2)] });
    expect(await isSettled(gathering.all)).toBe(false);
    gathering.await(['a', 'b']);
    expect([await isSettled(gathering.all), gathering.silent]).toEqual([false, ['b']]);
    gathering.take({ call: 'x', from: 'b', connections: [connection(1)] });
    expect([await isSettled(gathering.all), gathering.silent]).toEqual([true, []]);
    expect(gathering.connections.map(({ id }) => id)).toEqual(['c1', 'c2']);
  });

  it('are complete with their last part', async () => {
    const gathering = new Gathering();
    gathering.await(['a']);
    gathering.take({ call: 'x', from: 'a', connections: [connection(1)], isPart: true });
    expect([await isSettled(gathering.all), gathering.silent]).toEqual([false, ['a']]);
    gathering.take({ call: 'x', from: 'a', connections: [connection(2)], isPart: false });
    expect([await isSettled(gathering.all), gathering.connections.length]).toEqual([true, 2]);
  });
});
