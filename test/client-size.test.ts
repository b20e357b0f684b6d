import { succeed } from './kit/run';

test('connect with Server-Sent Events, WebSocket and polls fits in 4.5 KiB, and connectState in 6 KiB', async () => {
  const output = await succeed(process.execPath, ['scripts/client-size.mjs']);
  process.stdout.write(output);
  for (const name of ['connect', 'connectState']) expect(output).toMatch(new RegExp(`^${name}: \\d+ bytes$`, 'm'));
});
