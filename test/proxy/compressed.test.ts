import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, type Hub } from '@pushwire/core';
import { push } from '@pushwire/express';
import express from 'express';
import { type BrowserPage, type PageBrowser, pageBrowsers } from '../kit/page-browsers';
import { describeWith } from '../kit/system-program';
import { until } from '../kit/until';
import { clientKinds, plainCurl, type ReadingClient } from './compressed/clients';
import { type CompressingProxy, compressingProxies } from './compressed/proxies';
import type { ProxyProcess } from './proxy-process';

// Streams that Pushwire has compressed, read by all kinds of clients through proxies that would
// compress everything themselves. Each event is published when all have read the one before.

const message = (n: number) => `message ${n} of some length, which repeats itself: of some length`;
const numbersIn = (text: string) => [...text.matchAll(/message (\d+) of/g)].map(([, digits]) => Number(digits));
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);
const transports = ['sse', 'ndjson', 'comet'] as const;

/** Collects what a page gets over each transport. */
const page = `<!doctype html><meta charset="utf-8"><script>
  var got = { sse: '', ndjson: '', comet: '' };
  function listen() {
    new EventSource('/news?transport=sse').onmessage = function (event) { got.sse += event.data + '\\n'; };
    window.pushwire = function (frame) { got.comet += frame.data + '\\n'; };
    var frame = document.createElement('iframe');
    frame.src = '/news?transport=comet';
    document.body.appendChild(frame);
    return fetch('/news?transport=ndjson').then(function (response) {
      var reader = response.body.getReader(), decoder = new TextDecoder();
      (function next() {
        reader.read().then(function (part) {
          if (part.done) return;
          got.ndjson += decoder.decode(part.value, { stream: true });
          next();
        });
      })();
    });
  }
</script><body>`;

/** Each test has its own hub, behind a server and a proxy that serve all tests. */
let hub: Hub;
const serve = () => {
  const app = express();
  app.get('/news', (request, response, next) => push(hub.channel('news'))(request, response, next));
  app.get('/page', (_request, response) => void response.type('html').send(page));
  return createServer(app);
};

beforeEach(() => {
  hub = createHub({ compress: { window: 300 } });
});
afterEach(() => hub.close());

const browsers = pageBrowsers.map(([name, describeIn, launch]) => {
  let launched: Promise<PageBrowser> | undefined;
  const browser = () => {
    launched ??= launch();
    return launched;
  };
  return { name, describeIn, browser, close: async () => (await launched)?.close() };
});
afterAll(() => Promise.all(browsers.map(({ close }) => close())));

const direct: readonly [string, CompressingProxy | undefined] = ['no proxy', undefined];
const ways = [direct, ...Object.entries(compressingProxies)] as const;

describe.each(ways)('through %s', (name, proxy) => {
  const describeHere = proxy
    ? (tests: () => void) => describeWith(proxy.program, `of ${name}`, tests)
    : (tests: () => void) => describe('directly', tests);
  let server: Server;
  let running: ProxyProcess | undefined;
  let url: string;

  beforeAll(async () => {
    server = serve();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    running = await proxy?.start(port);
    url = `http://127.0.0.1:${running?.port ?? port}`;
  });
  afterAll(async () => {
    await running?.stop();
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
  });

  /** Publishes one by one, after all have read the one before. Others join amid that. */
  const publishTo = async (clients: readonly { read(): string | Promise<string>; from: number }[], n: number) => {
    await hub.channel('news').publish(message(n));
    for (const { read, from } of clients) {
      const has = async () => numbersIn(await read()).length === n - from + 1;
      // What it has instead says more than that it has not got it.
      await until('it has all', has).catch(() => {});
      expect(numbersIn(await read())).toEqual(upTo(n, from));
    }
  };

  describeHere(() => {
    for (const [kind, { program, transports: spoken, open }] of Object.entries(clientKinds)) {
      const describeKind = (tests: () => void) =>
        program ? describeWith(program, kind, tests) : describe(kind, tests);
      describeKind(() => {
        it('reads each event of each of its transports as it comes, and the end', async () => {
          const clients: { client: ReadingClient; read(): string; from: number }[] = [];
          for (let n = 1; n <= 8; n++) {
            if (n === 1 || n === 4) {
              for (const transport of spoken) {
                const client = open(`${url}/news?transport=${transport}`);
                clients.push({ client, read: client.read, from: n });
              }
              await until('all are connected', () => hub.stats().connections === clients.length);
            }
            await publishTo(clients, n);
          }
          await hub.close();
          expect(await Promise.all(clients.map(({ client }) => client.ended))).toEqual(clients.map(() => true));
        });
      });
    }

    it('the origin compresses, unless it cannot know what the client accepts', async () => {
      const { headers, body } = await fetch(`${url}/news?transport=sse`);
      await body?.cancel();
      expect(headers.get('content-encoding')).toBe(proxy?.hidesClients ? 'identity' : 'gzip');
    });

    it('a client without compression reads each event as it comes', async () => {
      const client = plainCurl(`${url}/news?transport=sse`);
      await until('it is connected', () => hub.stats().connections === 1);
      for (let n = 1; n <= 5; n++) await publishTo([{ read: client.read, from: 1 }], n);
      client.close();
      await client.ended;
    });

    describe.each(browsers)('$name', ({ describeIn, browser }) => {
      describeIn('', () => {
        it('reads each event of each transport as it comes', async () => {
          const tabs: BrowserPage[] = [];
          const clients: { read(): Promise<string>; from: number }[] = [];
          for (let n = 1; n <= 10; n++) {
            if (n === 1 || n === 4) {
              const tab = await (await browser()).newPage();
              tabs.push(tab);
              await tab.goto(`${url.replace('127.0.0.1', n === 1 ? '127.0.0.1' : 'localhost')}/page`);
              await tab.evaluate('listen()');
              for (const transport of transports) {
                clients.push({ read: () => tab.evaluate(`got.${transport}`) as Promise<string>, from: n });
              }
              await until('all are connected', () => hub.stats().connections === clients.length);
            }
            await publishTo(clients, n);
          }
          for (const tab of tabs) await tab.close();
        });
      });
    });
  });
});
