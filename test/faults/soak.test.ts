import { build } from '../kit/build';
import { soak } from './soak/soak';
import { compare } from './soak/verdict';

// Clients that connect, leave, stop and resume leave nothing behind. In full: npm run soak.

beforeAll(() => build('packages/express'));

it('keeps nothing of clients that have left', async () => {
  const plan = { connections: 300, heavy: 10, churn: 100, seconds: 4, stallEvery: 2, maxAge: 2000 };
  const result = await soak(plan);
  expect(compare(result).filter(({ isBack }) => !isBack)).toEqual([]);
  expect(result.came).toBeGreaterThan(350);
  expect(result.messages).toBeGreaterThan(300);
  expect(result.gaps).toBeGreaterThan(0);
});
