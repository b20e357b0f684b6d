import fc from 'fast-check';
import { foreignEpoch, formatCursor, maxCursorLength, maxPositions, parseCursor } from '../../src/log/cursor';

describe('parseCursor', () => {
  it.each([
    [undefined, 'now'],
    ['', 'now'],
    ['0', 'oldest'],
    ['tNefeD7g.0', [{ epoch: 'tNefeD7g', offset: 0 }]],
    ['a-_Z.12', [{ epoch: 'a-_Z', offset: 12 }]],
    ['e.1!tk3z9', [{ epoch: 'e', offset: 1 }]],
    [
      'Gfug6Z.e1.2~PiPoFg.e2.0',
      [
        { tag: 'Gfug6Z', epoch: 'e1', offset: 2 },
        { tag: 'PiPoFg', epoch: 'e2', offset: 0 },
      ],
    ],
  ])('reads %j', (text, cursor) => {
    expect(parseCursor(text)).toEqual(cursor);
  });

  const foreign = { epoch: foreignEpoch, offset: 0 };

  it.each([
    '1',
    '42',
    '1700000000',
    '{"seq":7}',
    '-.0',
    '.1',
    'e.',
    'e.01',
    'e.-1',
    'e.1.5x',
    'e.1e3',
    'e. 1',
    'e.1\n',
    'e.9007199254740993',
    'e.99999999999999999999',
    'tooLongTag.e.1',
    'seven77.e.1',
    'e.1!',
    'e.1!<x>',
    'e.1!a!b',
    `e.1!${'a'.repeat(17)}`,
    'é.1',
    '<script>.1',
    'e.1,e.2',
    'x'.repeat(maxCursorLength + 1),
    new Array(maxPositions + 1).fill('e.1').join('~'),
  ])('reads %j as a position of another server', (text) => {
    expect(parseCursor(text)).toEqual([foreign]);
  });

  it.each([
    ['e.1~', [{ epoch: 'e', offset: 1 }, foreign]],
    ['~e.1', [foreign, { epoch: 'e', offset: 1 }]],
    ['Gfug6Z.e1.2~42~Gfug6Z.e2.01', [{ tag: 'Gfug6Z', epoch: 'e1', offset: 2 }, foreign, foreign]],
  ])('keeps the readable parts of %j', (text, cursor) => {
    expect(parseCursor(text)).toEqual(cursor);
  });

  it('throws for no text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseCursor(text)));
  });

  const position = fc.record({
    epoch: fc.stringMatching(/^[\w-]{1,16}$/),
    offset: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  });

  it('reads every cursor that formatCursor writes', () => {
    const tagged = fc.tuple(fc.stringMatching(/^([\w-]{6}|[\w-]{8})$/), position);
    fc.assert(
      fc.property(fc.array(tagged, { minLength: 1, maxLength: maxPositions }), (parts) => {
        const positions = parts.map(([, part]) => part);
        const tags = parts.length === 1 ? [] : parts.map(([tag]) => tag);
        const text = formatCursor(positions, tags);
        fc.pre(text.length <= maxCursorLength);
        const expected = positions.map((part, i) => (tags[i] === undefined ? part : { tag: tags[i], ...part }));
        expect(parseCursor(text)).toEqual(expected);
        expect(text).toMatch(/^[\w.~-]+$/);
      }),
    );
  });
});
