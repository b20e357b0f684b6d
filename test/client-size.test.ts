import { succeed } from './kit/run';

test('connect with Server-Sent Events, WebSocket and polls fits in 4.5 KiB', async () => {
  const output = await succeed(process.execPath, ['scripts/client-size.mjs']);
  process.stdout.write(output);
  expect(output).toMatch(/^connect: \d+ bytes$/m);
});
