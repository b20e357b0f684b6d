import { authorizeExchange } from '../../src/http/authorization';
import { checkBeginning } from '../../src/http/check-beginning';
import type { Exchange } from '../../src/http/exchange';
import { channelsFor } from '../../src/http/reopen';
import { checkFeed } from '../../src/http/source';
import { engineFor } from '../../src/hub/engine-for';
import { createHub } from '../../src/hub/hub';
import { runLogName } from '../../src/log/log-name';
import { serveLongPoll } from '../../src/transports/poll';
import { servePush } from '../../src/transports/push';
import { serveSse } from '../../src/transports/sse';

describe('a run as a source', () => {
  const hub = createHub();
  const run = hub.run('chat');

  it('is served as its log', () => {
    expect(checkFeed(run)).toMatchObject({ channels: [{ name: runLogName('chat'), run }] });
  });

  it.each([
    ['beside a channel', [run, hub.channel('news')]],
    ['beside an iterable', [run, ['a']]],
    ['beside another run', [run, hub.run('other')]],
    ['in a list', [run]],
  ])('is a TypeError %s', (_where, list) => {
    expect(() => checkFeed(list)).toThrow(new TypeError('source: expected a run alone, got an array'));
    expect(() => serveSse(list as never)).toThrow(TypeError);
  });

  it('has its beginning, so that nothing comes in front of it', () => {
    const feed = checkFeed(run);
    expect(() => checkBeginning(feed, { initial: () => 'state' })).toThrow(
      new TypeError('source: expected channels, which the option initial is about, got a run'),
    );
    expect(() => checkBeginning(feed, { from: 'now', join: () => undefined })).not.toThrow();
    expect(() => checkBeginning(checkFeed(['a']), { join: () => undefined })).toThrow(
      new TypeError('source: expected channels, which the option join is about, got an iterable of messages'),
    );
  });

  it('is given to `authorize` instead of channels', async () => {
    const authorize = jest.fn(() => true);
    const feed = checkFeed(run);
    const channels = 'channels' in feed ? feed.channels : [];
    const engine = engineFor(channels, undefined);
    const exchange = { request: 'request', sink: {}, incoming: { socket: {} }, framework: {} } as never;
    await authorizeExchange({ authorize }, exchange, channels, engine, 'sse');
    expect(authorize).toHaveBeenCalledWith('request', [], run);
    await authorizeExchange({ authorize }, exchange, [hub.channel('news')], engine, 'sse');
    expect(authorize).toHaveBeenLastCalledWith('request', [hub.channel('news')]);
  });

  it('has no topics', async () => {
    const exchange = { source: () => run, query: new URLSearchParams(), closing: {} } as unknown as Exchange<unknown>;
    await expect(channelsFor(exchange, ['a'])).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('an option of routes with runs', () => {
  const run = createHub().run('chat');

  it.each([
    [() => serveSse(run, { unknownRun: 200 as never }), /^sse option unknownRun: expected 204 or 404 or "wait", got/],
    [() => serveLongPoll(run, { unknownRun: 'no' as never }), /^longPoll option unknownRun: expected/],
    [() => servePush(run, { join: 'x' as never }), /^push option join: expected a function, got the string "x"/],
  ])('is a TypeError where it does not fit (case %#)', (make, words) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(words);
  });
});
