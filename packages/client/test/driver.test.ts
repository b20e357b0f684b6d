import { storedIn, type Transport } from '../src/index';
import { catchUncaught, connected, manual, nextTurn, url } from './kit/manual';
import { opening } from './kit/rig';

// Nothing that the app's code throws stops the driver.

const broken = new Error('mine');
const throwing = () => {
  throw broken;
};

describe('the driver goes on', () => {
  it('falls back, and opens, with a memory that throws', async () => {
    const [bad, good] = [manual('bad'), manual('good')];
    const { connection, clock } = connected({
      transports: [bad.transport, good.transport],
      memory: { get: () => undefined, set: throwing },
    });
    await nextTurn();
    const uncaught = catchUncaught();
    clock.advance(5000);
    good.last().onFrame(opening('e.1'));
    uncaught.stop();
    expect([connection.status, connection.transport]).toEqual(['open', 'good']);
    expect(uncaught.thrown).toContain(broken);
    connection.close();
    expect([connection.status, good.closed]).toEqual(['ended', [1]]);
  });

  it('closes the other connections when a transport throws at its close', async () => {
    const stubborn: Transport = { name: 'stubborn', open: () => ({ close: throwing }) };
    const { transport, opened } = manual();
    const { connection, clock } = connected({ transports: [stubborn, transport] });
    await nextTurn();
    const uncaught = catchUncaught();
    clock.advance(5000);
    uncaught.stop();
    expect([uncaught.thrown, opened.length, connection.transport]).toEqual([[broken], 1, 'manual']);
    connection.close();
  });

  it('survives frames whose fields have wrong types', async () => {
    const { connection, last } = connected();
    const data: unknown[] = [];
    connection.onAny((message) => data.push(message.data));
    await nextTurn();
    last().onFrame(opening('e.1', { heartbeat: 'soon', retry: {} }));
    last().onFrame({ event: 5, data: 1 } as never);
    last().onFrame({ event: null, id: 7, data: 2 } as never);
    last().onFrame({ event: 'pushwire:open', data: null });
    last().onFrame({ data: 3, id: 'e.2' });
    expect([data, connection.status]).toEqual([[1, 2, 3], 'open']);
    connection.close();
    expect(connection.status).toBe('ended');
  });
});

describe('storedIn', () => {
  const full = {
    getItem: () => null,
    setItem: throwing,
  };

  it('remembers for the page what a full storage does not take', async () => {
    const memory = storedIn(full);
    const transports = [manual('bad'), manual('good')].map(({ transport }) => transport);
    const first = connected({ transports, memory });
    await nextTurn();
    first.clock.advance(5000);
    expect(first.connection.transport).toBe('good');
    first.connection.close();
    const second = connected({ transports, memory, clock: first.clock });
    await nextTurn();
    expect(second.connection.transport).toBe('good');
    second.connection.close();
  });

  it('remembers nothing of a storage that may not be read', () => {
    expect(storedIn({ ...full, getItem: throwing }).get(url)).toBeUndefined();
  });
});
