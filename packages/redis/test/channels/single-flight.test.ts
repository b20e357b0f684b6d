import { Latest } from '../../src/channels/single-flight';

function setUp() {
  const begun: { resolve(): void; reject(error: Error): void }[] = [];
  const latest = new Latest(() => new Promise<void>((resolve, reject) => begun.push({ resolve, reject })));
  return { begun, latest };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('work that brings something up to date', () => {
  it('is done once more for all who ask while it is done, and not for each', async () => {
    const { begun, latest } = setUp();
    const [first, ...others] = Array.from({ length: 1000 }, () => latest.run());
    expect(begun).toHaveLength(1);
    begun[0]?.resolve();
    await first;
    await turn();
    expect(begun).toHaveLength(2);
    const after = latest.run();
    begun[1]?.resolve();
    await Promise.all(others);
    await turn();
    expect(begun).toHaveLength(3);
    begun[2]?.resolve();
    await after;
  });

  it('that has failed has failed for those who waited for it, and is done for the next', async () => {
    const { begun, latest } = setUp();
    const [first, second] = [latest.run(), latest.run()];
    begun[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    begun[1]?.resolve();
    await second;
  });
});
