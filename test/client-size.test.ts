import { succeed } from './kit/run';

test('connect with Server-Sent Events, WebSocket and polls fits 4 KiB', async () => {
  const said = await succeed(process.execPath, ['scripts/client-size.mjs']);
  process.stdout.write(said);
  expect(said).toMatch(/^connect: \d+ bytes$/m);
});
