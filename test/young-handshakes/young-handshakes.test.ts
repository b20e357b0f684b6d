import { join } from 'node:path';
import { build } from '../kit/build';
import { Child } from '../kit/child';
import type { handlers } from './app';
import { attachedBytes } from './attached-bytes';

// What young objects alone refer to is collected in a millisecond. The rest waits for the next full
// collection, and grows the heap until then. So that no object grows old in the meantime, the room
// for young ones is large.
const flags = ['--expose-gc', '--min-semi-space-size=32', '--max-semi-space-size=32'];

beforeAll(() => build('packages/express', 'packages/koa'));

it.each(['Express', 'Koa'] as const)(
  'a handshake that %s accepts leaves its request as young garbage',
  async (name) => {
    const app = Child.start<typeof handlers>(join(__dirname, 'app.ts'), flags);
    try {
      expect(await app.call('bytesOfEach', name)).toBeLessThan(attachedBytes / 2);
    } finally {
      await app.stop();
    }
  },
);
