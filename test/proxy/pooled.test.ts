import { build } from '../kit/build';
import { describeWith } from '../kit/system-program';
import { nginx } from './nginx';
import type { FrameworkName } from './pooled/origin';
import { faultsOf, runPooled } from './pooled/pooled';
import { poolingProxies } from './pooled/proxies';

// A proxy gives a connection to the app to one client after the other. In full: npm run proxies.

beforeAll(() => build('packages/express', 'packages/koa'));

describeWith(nginx, 'behind an nginx that keeps its connections to the app', () => {
  it.each<FrameworkName>(['express', 'koa'])('the ends of streams break nobody’s request, on %s', async (framework) => {
    const proxy = poolingProxies.nginx;
    if (proxy === undefined) throw new Error('nginx is not among the proxies');
    const plan = { framework, proxy, listeners: 60, ordersPerSecond: 200, maxAge: 1000, seconds: 5 };
    const result = await runPooled(plan);
    expect(faultsOf(result)).toEqual([]);
    expect(result.streams.get('200')).toBeGreaterThan(60);
    expect(result.orders.get('200')).toBeGreaterThan(100);
  });
});
