import { keyedTags, plainTag } from '../../src/log/channel-tags';
import { parseCursor } from '../../src/log/cursor';
import { Log } from '../../src/log/log';
import { logsBehind, startPositions } from '../../src/log/start-positions';

const names = ['news', 'chat'];
const tags = names.map(plainTag);
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

describe('startPositions with tags of a secret', () => {
  const [own, other] = [names.map(keyedTags('a secret of this hub')), names.map(keyedTags('another long secret'))];
  const cursorOf = (places: readonly string[], its: readonly string[]) =>
    places.map((place, i) => `${its[i]}.${place}`).join('~');

  it.each([
    ['its own tags', ['n1.1', 'c1.2'], own, ['n1.1', 'c1.2']],
    ['its own tags of a former life', ['n0.9', 'c1.2'], own, ['n0.9', 'c1.2']],
    ['tags of another secret in the same life', ['n1.1', 'c1.2'], other, ['n1.1', 'c1.2']],
    ['tags of no secret in the same life', ['n1.1', 'c1.2'], tags, ['n1.1', 'c1.2']],
    ['tags of another secret in a former life of one', ['n1.1', 'c0.2'], other, ['n1.1', '-.0']],
    ['tags of no secret in a former life of all', ['n0.1', 'c0.2'], tags, ['-.0', '-.0']],
    ['tags of another secret before any message', ['n1.0', 'c1.0'], other, ['-.0', '-.0']],
  ])('reads %s', (_kind, places, its, expected) => {
    const positions = startPositions(parseCursor(cursorOf(places, its)), logs, own);
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
