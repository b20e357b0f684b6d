import { parseArgs } from 'node:util';
import type { FrameworkName } from './origin';
import { faultsOf, format, runPooled } from './pooled';
import { poolingProxies } from './proxies';

const usage = `npm run proxies -- [options]

  --proxies nginx,varnish,caddy  the proxies, each with its connections to the app pooled
  --frameworks express,koa       the frameworks behind them
  --listeners 150                clients that read Server-Sent Events
  --max-age 3000                 milliseconds after which the app ends each stream
  --orders 80                    POSTs per second by others
  --seconds 20                   how long

No POST may fail, no stream may get another status than 200, no number may be missing, and the app
must shut down at the end while all listeners are connected.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      proxies: { type: 'string', default: 'nginx,varnish,caddy' },
      frameworks: { type: 'string', default: 'express,koa' },
      listeners: { type: 'string', default: '150' },
      'max-age': { type: 'string', default: '3000' },
      orders: { type: 'string', default: '80' },
      seconds: { type: 'string', default: '20' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const rows: Record<string, string | number>[] = [];
  let faults = 0;
  for (const name of values.proxies.split(',')) {
    const proxy = poolingProxies[name];
    if (proxy === undefined) throw new TypeError(`--proxies: expected ${Object.keys(poolingProxies)}, got ${name}`);
    for (const framework of values.frameworks.split(',') as FrameworkName[]) {
      const plan = {
        framework,
        proxy,
        listeners: Number(values.listeners),
        ordersPerSecond: Number(values.orders),
        maxAge: Number(values['max-age']),
        seconds: Number(values.seconds),
      };
      const result = await runPooled(plan, (line) => console.error(`${name}, ${framework}: ${line}`));
      const found = faultsOf(result);
      for (const fault of found) console.error(`${name}, ${framework}: ${fault}`);
      faults += found.length;
      const { streams, orders, missing, shutdownMs } = result;
      rows.push({
        proxy: name,
        framework,
        streams: format(streams),
        orders: format(orders),
        'missing numbers': missing,
        'shutdown ms': shutdownMs,
        faults: found.length,
      });
    }
  }
  console.table(rows);
  process.exitCode = faults > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
