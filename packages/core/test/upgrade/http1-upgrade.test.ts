import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Http1Upgrade } from '../../src/upgrade/http1-upgrade';

it('keeps the first handshake of a request that is accepted twice', async () => {
  const socket = new Socket();
  const upgrade = new Http1Upgrade(new IncomingMessage(socket), socket, Buffer.alloc(0), true);
  const [first, second] = [1, 2].map(() => ({ complete: jest.fn(), fail: jest.fn() }));
  upgrade.accept(first as NonNullable<typeof first>);
  expect(() => upgrade.accept(second as NonNullable<typeof second>)).toThrow();
  const closed = new Promise((resolve) => upgrade.response.once('close', resolve));
  upgrade.response.destroy();
  await closed;
  await new Promise(setImmediate);
  expect(first?.fail).toHaveBeenCalledTimes(1);
  expect(second?.fail).not.toHaveBeenCalled();
});
