import { SingleFlight } from '../../src/channels/single-flight';

function setUp() {
  const begun: { resolve(): void; reject(error: Error): void }[] = [];
  const flight = new SingleFlight(() => new Promise<void>((resolve, reject) => begun.push({ resolve, reject })));
  return { begun, flight };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a single flight', () => {
  it('runs once more for all callers that ask during a run', async () => {
    const { begun, flight } = setUp();
    const [first, ...others] = Array.from({ length: 1000 }, () => flight.run());
    expect(begun).toHaveLength(1);
    begun[0]?.resolve();
    await first;
    await turn();
    expect(begun).toHaveLength(2);
    const after = flight.run();
    begun[1]?.resolve();
    await Promise.all(others);
    await turn();
    expect(begun).toHaveLength(3);
    begun[2]?.resolve();
    await after;
  });

  it('rejects for the callers of a failed run, and runs again for the next', async () => {
    const { begun, flight } = setUp();
    const [first, second] = [flight.run(), flight.run()];
    begun[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    begun[1]?.resolve();
    await second;
  });
});
