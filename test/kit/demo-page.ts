import type { Browser, Locator, Page } from 'playwright-core';

/** Titles of the panels by their transports. */
export const panelTitles = {
  poll: 'Interval poll',
  'long-poll': 'Long poll',
  comet: 'Comet iframe',
  sse: 'Server-Sent Events',
  websocket: 'WebSocket',
} as const;

export type PanelName = keyof typeof panelTitles;

export const panelNames = Object.keys(panelTitles) as PanelName[];

/** The demo's page, with the things that a person finds on it. */
export class DemoPage {
  /** Warnings and errors of the console, and errors of the page's scripts. */
  readonly troubles: string[] = [];
  readonly hosts = new Set<string>();

  private constructor(
    readonly page: Page,
    readonly hasPrices: boolean,
  ) {}

  /** @param hasPrices false by default: prices come fast while they are in sight, and keep a slow browser busy. */
  static async open(browser: Browser, url: string, { hasPrices = false } = {}): Promise<DemoPage> {
    const context = await browser.newContext();
    const opened = new DemoPage(await context.newPage(), hasPrices);
    await opened.#visit(url);
    return opened;
  }

  /** Another window of the same browser. */
  async second(url: string): Promise<DemoPage> {
    const opened = new DemoPage(await this.page.context().newPage(), this.hasPrices);
    await opened.#visit(url);
    return opened;
  }

  async #visit(url: string): Promise<void> {
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.troubles.push(message.text());
    });
    this.page.on('pageerror', (error) => this.troubles.push(String(error)));
    this.page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    if (!this.hasPrices) {
      const hide = `document.querySelector('#prices').style.display = 'none'`;
      await this.page.addInitScript(`if (top === self) addEventListener('DOMContentLoaded', () => (${hide}))`);
    }
    await this.page.goto(url);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  panel(name: PanelName): Locator {
    return this.page.locator(`[data-transport="${name}"]`);
  }

  /** Waits until a panel, or the page's own connection, has a status. */
  async has(name: PanelName | 'own', status: string): Promise<void> {
    const place = name === 'own' ? '#own' : `[data-transport="${name}"]`;
    await this.page.locator(`${place}[data-status="${status}"]`).waitFor();
  }

  async count(name: PanelName, figure: 'messages' | 'requests' | 'bytes'): Promise<number> {
    const text = await this.panel(name).locator(`[data-figure="${figure}"] .value`).textContent();
    return Number.parseFloat((text ?? '').replaceAll(',', ''));
  }

  /** Waits until panels have received more messages. */
  async goOn(names: readonly PanelName[] = panelNames, more = 2): Promise<void> {
    await Promise.all(
      names.map(async (name) => {
        const before = await this.count(name, 'messages');
        while ((await this.count(name, 'messages')) < before + more) await this.page.waitForTimeout(200);
      }),
    );
  }

  /** The numbers in the ledger of a panel, or of the page's own connection. */
  async tally(name: PanelName | 'own'): Promise<{ seen: number; missing: number; twice: number }> {
    const place = name === 'own' ? this.page.locator('#tally') : this.panel(name).locator('.tally');
    const text = ((await place.textContent()) ?? '').replaceAll(',', '');
    const [, seen, missing, twice] = (/(\d+) seen (\d+) missing (\d+) repeated/.exec(text) ?? []).map(Number);
    return { seen: Number(seen), missing: Number(missing), twice: Number(twice) };
  }

  /** Waits until the page has read what its room has kept, and takes what comes for news. */
  async hearsItsRoom(): Promise<void> {
    await this.noted(/This page.*: replayed the history/).waitFor();
  }

  /** Cuts all connections for 15 s, and acts meanwhile. The page gets the answer to its order after that. */
  async cut(act: () => unknown): Promise<void> {
    await this.page.route(
      ({ pathname }) => pathname === '/demo/cut',
      async (route) => {
        const response = await route.fetch();
        await act();
        await route.fulfill({ response });
      },
      { times: 1 },
    );
    await this.page.getByLabel('Keep offline').selectOption('for 15 s');
    await this.page.getByRole('button', { name: 'Cut', exact: true }).click();
  }

  /** An entry of the journal. */
  noted(text: string | RegExp): Locator {
    return this.page.locator('#journal li', { hasText: text }).first();
  }
}

/**
 * True for messages of the browser itself about connections that broke or could not open. The client
 * asks by HEAD why a WebSocket did not open. It gets a 426 if the page is online again by then.
 */
export function tellsOfCut(trouble: string): boolean {
  const broken = /net::ERR_(INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|^WebSocket connection to .* failed/;
  return broken.test(trouble) || /a status of 426 \(Upgrade Required\)$/.test(trouble);
}
