import { Tab } from '../../src/shared/tab';

it('passes on the key of a value, and a deletion', () => {
  const tab = new Tab(undefined, 0, false);
  const received: unknown[] = [];
  tab.on('on message')(((data: unknown, { key, deleted }: { key?: string; deleted?: true }) => {
    received.push([data, key, deleted]);
  }) as () => void);
  tab.deliver('message', { id: 'e.1', key: 'a', data: 1 });
  tab.deliver('message', { id: 'e.2', key: 'a', deleted: true });
  expect([received, tab.cursor]).toEqual([
    [
      [1, 'a', undefined],
      [undefined, 'a', true],
    ],
    'e.2',
  ]);
});
