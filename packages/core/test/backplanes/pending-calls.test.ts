import { PendingCalls } from '../../src/backplanes/pending-calls';
import { FakeClock } from '../../src/testing/fake-clock';

const server = { name: 'The server', options: 'maxCalls' };
const limits = { timeout: 1000, calls: 10, bytes: 1000 };

describe('calls that wait for a reply', () => {
  it('are unconfirmed when it does not come in time', async () => {
    const clock = new FakeClock();
    const onTimeout = jest.fn();
    const waiting = new PendingCalls(clock, limits, server).wait(new Promise(() => {}), onTimeout);
    const failed = expect(waiting).rejects.toMatchObject({ code: 'backplane-unconfirmed' });
    await clock.advance(999);
    expect(onTimeout).not.toHaveBeenCalled();
    await clock.advance(2);
    await failed;
    expect(onTimeout).toHaveBeenCalledTimes(1);
  });

  it('have the reply that has come while the process was paused', async () => {
    let timer = () => {};
    let turn = () => {};
    let now = 0;
    const clock = {
      now: () => now,
      soon: (act: () => void) => {
        turn = act;
      },
      after: (_ms: number, act: () => void) => {
        timer = act;
        return () => {};
      },
    };
    let reply = (_value: string) => {};
    const calls = new PendingCalls(clock, limits, server);
    const waiting = calls.wait(
      new Promise<string>((resolve) => {
        reply = resolve;
      }),
      () => {},
    );
    now = 5000;
    // Timers are called before sockets are read.
    timer();
    reply('read in this turn');
    await undefined;
    turn();
    expect(await waiting).toBe('read in this turn');
  });
});
