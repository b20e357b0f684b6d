import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { HoldingPlace } from '../../src/upgrade/holding-place';

const setUp = (statusCode = 101) => {
  const socket = new PassThrough();
  const owner = { placeClosed: jest.fn() };
  const place = new HoldingPlace({ statusCode } as ServerResponse, socket, owner);
  return { socket, owner, place };
};

it('tells its owner of its end, though a listener throws', () => {
  const { place, owner } = setUp();
  place.on('close', () => {
    throw new Error('from the app');
  });
  expect(() => place.emitClose()).toThrow('from the app');
  expect(owner.placeClosed).toHaveBeenCalledTimes(1);
});

it.each([
  ['drops', 101, null],
  ['passes on', 503, 'ab'],
])('%s what is written at status %i, and calls back', async (_what, status, expected) => {
  const { place, socket } = setUp(status);
  socket.setEncoding('latin1');
  await new Promise<void>((resolve) => place.write('a', 'latin1', () => resolve()));
  await new Promise<void>((resolve) => place.write('b', () => resolve()));
  expect(socket.read()).toBe(expected);
});

it('listens for one drain of the socket at a time', () => {
  const { place, socket } = setUp(503);
  for (let n = 0; n < 30; n++) place.write(Buffer.alloc(100_000));
  expect(socket.listenerCount('drain')).toBe(1);
  socket.emit('drain');
  place.write(Buffer.alloc(100_000));
  expect(socket.listenerCount('drain')).toBe(1);
});
