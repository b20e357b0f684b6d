import type { PublicConnection } from '../../src/delivery/public-connection';
import { callHooks } from '../../src/http/hooks';
import type { Presents } from '../../src/http/present';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';

const turns = () => new Promise((resolve) => setImmediate(resolve));

/** Calls a route's `presence` for a connection that the test closes. */
function attend(presence: () => Presents | Promise<Presents>) {
  const hub = createHub();
  const errors: unknown[] = [];
  let close = () => {};
  const closed = new Promise<'left'>((resolve) => {
    close = () => resolve('left');
  });
  const connection = { closed } as unknown as PublicConnection;
  const hooks = { presence, onOpen: undefined, onClose: undefined };
  callHooks(connection, 'request', engineFor([], hub), hooks, (error) => errors.push(error));
  return { hub, errors, close, ids: async () => (await hub.presence('room').members()).map(({ id }) => id) };
}

describe('a member that an app names late', () => {
  const late = () => {
    let name = (_present: Presents) => {};
    const named = new Promise<Presents>((resolve) => {
      name = resolve;
    });
    return { name, named };
  };

  it('is there if the connection still is', async () => {
    const { name, named } = late();
    const { ids, errors } = attend(() => named);
    name({ channel: 'room', id: 'anna' });
    await turns();
    await turns();
    expect([await ids(), errors]).toEqual([['anna'], []]);
  });

  it('is not there if the connection has closed', async () => {
    const { name, named } = late();
    const { ids, close, errors } = attend(() => named);
    close();
    await turns();
    name({ channel: 'room', id: 'anna' });
    await turns();
    await turns();
    expect([await ids(), errors]).toEqual([[], []]);
  });

  it('is no error if the hub has closed', async () => {
    const { name, named } = late();
    const { hub, errors } = attend(() => named);
    await hub.close();
    name({ channel: 'room', id: 'anna' });
    await turns();
    expect(errors).toEqual([]);
  });

  it('is an error of the app where it can be no member', async () => {
    const { errors } = attend(() => ({ channel: 'room', id: '' }));
    await turns();
    expect(String(errors)).toMatch(/^TypeError: id of a member of "room": expected a string of 1 to 255 characters/);
  });

  it('is not there either where another of the same client can be none', async () => {
    const channel = 'room';
    const { errors, ids } = attend(() => [
      { channel, id: 'anna' },
      { channel, id: 'ben', data: 1n },
    ]);
    await turns();
    expect([String(errors), await ids()]).toEqual([
      expect.stringMatching(/^TypeError: data of a member of "room": expected/),
      [],
    ]);
  });
});
