import { webSocket } from '@pushwire/express';
import { ClientServer } from '../kit/client-server';
import { type BrowserPage, type PageBrowser, pageBrowsers } from '../kit/page-browsers';
import { until } from '../kit/until';

// Browsers hide the status of a handshake. A page that may only use a WebSocket learns it all the same.

describe.each(pageBrowsers)('a WebSocket-only client in %s', (_name, describeIn, launch) => {
  describeIn('that is refused', () => {
    let browser: PageBrowser;
    let server: ClientServer;
    let page: BrowserPage;

    beforeAll(async () => {
      browser = await launch();
      server = await ClientServer.start((app) => {
        app.get('/more/:status', (request, response) => void response.status(Number(request.params.status)).end());
        app.get(
          '/more/rights/none',
          webSocket(() => server.hub.channel('secret'), { authorize: () => false }),
        );
      });
      page = await browser.newPage();
      await page.goto(server.origin);
    });
    afterAll(async () => {
      await browser.close();
      await server.close();
    });

    it.each([
      ['/more/401', 401],
      ['/more/404', 404],
      ['/more/rights/none', 403],
    ])('by %s learns the status %d, and fails', async (path, status) => {
      await page.evaluate(`
        window.refusals = [];
        window.refused = pushwire.connect('${path}', { transports: ['websocket'] });
        refused.onError(({ code, status }) => refusals.push([code, status]));
      `);
      await until('it has failed', async () => (await page.evaluate('refused.status')) === 'failed');
      expect(await page.evaluate('refusals')).toEqual([['refused', status]]);
    });
  });
});
