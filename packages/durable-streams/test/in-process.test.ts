import { PushwireError } from '@pushwire/core';
import { type AppendOptions, type CreateOptions, durableStreams } from '../src';

const setUp = (options = {}) => durableStreams({ onError: () => {}, ...options });

/** The status of the refusal of a write. */
async function refusalOf(written: Promise<unknown>): Promise<number | undefined> {
  const error = await written.then(() => undefined).catch((reason) => reason);
  expect(error).toBeInstanceOf(PushwireError);
  expect(error.code).toBe('stream-refused');
  return error.status;
}

it('a stream is created, appended to, closed and deleted without a request', async () => {
  const streams = setUp();
  const json = { contentType: 'application/json', ttl: 60 };
  expect(await streams.create('/a', { ...json, body: '[1,2]' })).toBe(true);
  expect(await streams.create('/a', json)).toBe(false);
  const first = await streams.append('/a', '{"n":3}');
  const second = await streams.append('/a', '[4,5]', { close: true });
  expect(second > first).toBe(true);
  expect(await refusalOf(streams.append('/a', '6'))).toBe(409);
  await streams.delete('/a');
  expect(await refusalOf(streams.append('/a', '6'))).toBe(404);
  expect(await refusalOf(streams.delete('/a'))).toBe(404);
});

it('bytes and text are appended to streams of any other type, and a close needs no body', async () => {
  const streams = setUp();
  await streams.create('/a');
  await streams.append('/a', new Uint8Array([255]));
  const offset = await streams.append('/a', 'text');
  expect(await streams.append('/a', '', { close: true })).toBe(offset);
});

it('what a request would be refused is refused, with its status', async () => {
  const streams = setUp({ limits: { streams: 1 }, maxAppendBytes: 10, maxStreamBytes: 500 });
  await streams.create('/a', { contentType: 'application/json' });
  expect(await refusalOf(streams.create('/a'))).toBe(409);
  expect(await refusalOf(streams.create('/b'))).toBe(507);
  expect(await refusalOf(streams.append('/a', 'no JSON'))).toBe(400);
  expect(await refusalOf(streams.append('/a', ''))).toBe(400);
  expect(await refusalOf(streams.append('/a', '"0123456789"'))).toBe(413);
  await streams.close();
  expect(await refusalOf(streams.append('/a', '1'))).toBe(503);
});

it.each([
  ['a', {}, /path/],
  ['/a?b', {}, /path/],
  [`/${'a'.repeat(300)}`, {}, /path/],
  ['/a', { ttl: -1 }, /ttl/],
  ['/a', { ttl: 1, expiresAt: new Date() }, /expiresAt/],
  ['/a', { expiresAt: new Date(Number.NaN) }, /expiresAt/],
  ['/a', { contentType: 'text' }, /contentType/],
  ['/a', { body: 5 }, /body/],
  ['/a', { type: 'text/plain' }, /type/],
])('create(%j, %j) is a TypeError', (path, options, message) => {
  expect(() => setUp().create(path, options as CreateOptions)).toThrow(TypeError);
  expect(() => setUp().create(path, options as CreateOptions)).toThrow(message);
});

it.each([
  [{ a: 1 }, {}, /body/],
  ['x', { closed: true }, /closed/],
  ['x', { close: 1 }, /close/],
])('append of %j with %j is a TypeError', (body, options, message) => {
  const append = () => setUp().append('/a', body as string, options as AppendOptions);
  expect(append).toThrow(TypeError);
  expect(append).toThrow(message);
});
