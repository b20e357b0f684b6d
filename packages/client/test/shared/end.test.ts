import { TabsOfBrowser } from '../kit/tabs';

// The tabs of a browser learn from their leader how the source has ended.

it.each([{ outcome: 'completed' }, { outcome: 'failed', code: 'no-model' }, {}])(
  'every tab is told of the end %j',
  async (end) => {
    const browser = new TabsOfBrowser(() => 0);
    for (let n = 0; n < 3; n++) browser.open({ cursor: 'e.0' });
    await browser.settle();
    browser.publish();
    browser.end(end);
    await browser.settle();
    for (const { received, connection } of browser.tabs) {
      expect([received, connection.status, connection.end]).toEqual([[1], 'ended', end]);
    }
  },
);

it('a tab that closes has no end', async () => {
  const browser = new TabsOfBrowser(() => 0);
  const tabs = [browser.open({ cursor: 'e.0' }), browser.open({ cursor: 'e.0' })];
  await browser.settle();
  for (const { connection } of tabs) {
    connection.close();
    expect([connection.status, connection.end]).toEqual(['ended', undefined]);
  }
});
