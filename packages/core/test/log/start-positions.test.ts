import { channelTag, parseCursor } from '../../src/log/cursor';
import { Log } from '../../src/log/log';
import { logsBehind, startPositions } from '../../src/log/start-positions';

const names = ['news', 'chat'];
const tags = names.map((name) => channelTag(name));
const [news, chat] = tags;
/** Two logs whose heads are at 3. */
const logs = ['n1', 'c1'].map((epoch) => {
  const log = new Log(epoch);
  for (let n = 0; n < 3; n++) log.append({ kind: 'text', body: 'x', event: undefined, size: 1 }, 0);
  return log;
});

describe('startPositions of two channels', () => {
  it.each([
    ['no cursor', undefined, ['n1.3', 'c1.3']],
    ['0', '0', ['n1.0', 'c1.0']],
    ['positions of both', `${news}.n1.1~${chat}.c1.2`, ['n1.1', 'c1.2']],
    ['a position of one', `${chat}.c1.2`, ['n1.3', 'c1.2']],
    ['a position without a tag', 'n1.2', ['n1.2', 'c1.3']],
    ['a position of a former life', `${news}.n0.9`, ['n0.9', 'c1.3']],
    ['a position without a tag of a former life', 'x.9', ['x.9', 'x.9']],
    ['an id of another server', '42', ['-.0', '-.0']],
    ['a readable part beside one that is not', `${news}.n1.1~42`, ['n1.1', '-.0']],
    ['readable parts of both beside one that is not', `${news}.n1.1~${chat}.c1.2~42`, ['n1.1', 'c1.2']],
  ])('starts from %s at %s', (_kind, text, expected) => {
    const positions = startPositions(parseCursor(text), logs, tags);
    expect(positions.map(({ epoch, offset }) => `${epoch}.${offset}`)).toEqual(expected);
  });
});

describe('logsBehind', () => {
  it.each([
    ['now', undefined, []],
    ['a place in the log', `${news}.n1.3`, []],
    ['a place after the head', `${news}.n1.4`, ['n1']],
    ['another life', 'x.1', ['n1', 'c1']],
    ['an id of another server', '42', []],
  ])('for %s finds %s behind', (_kind, text, expected) => {
    expect(logsBehind(parseCursor(text), logs, tags).map(({ epoch }) => epoch)).toEqual(expected);
  });
});
