import { encodeComment, encodeEvent } from '../../src/encoders';

describe('encodeEvent', () => {
  it.each([
    [{ data: 'x' }, 'data: x\n\n'],
    [{ data: '' }, 'data: \n\n'],
    [{ data: ' lead' }, 'data:  lead\n\n'],
    [{ data: 'a\nb' }, 'data: a\ndata: b\n\n'],
    [{ data: 'a\r\nb\rc\n' }, 'data: a\ndata: b\ndata: c\ndata: \n\n'],
    [{ data: '\n' }, 'data: \ndata: \n\n'],
    [{ data: 'a\u2028b\u0085c' }, 'data: a\u2028b\u0085c\n\n'],
    [{ event: 'e', id: '1', data: 'x' }, 'event: e\nid: 1\ndata: x\n\n'],
    [{ id: '' }, 'id: \n\n'],
    [{}, ''],
    [{ data: undefined, retry: 0 }, 'retry: 0\n'],
    [{ comment: '' }, ':\n'],
    [{ comment: 'a\nb', retry: 7 }, ':a\n:b\nretry: 7\n'],
    [{ comment: 'c', data: '' }, ':c\ndata: \n\n'],
    [{ retry: 9, event: 'e', id: 'i', data: 'd', comment: 'c' }, 'retry: 9\nevent: e\nid: i\ndata: d\n:c\n\n'],
    [{ data: 'd\ne', id: 'i', event: 'e' }, 'data: d\ndata: e\nid: i\nevent: e\n\n'],
  ])('writes %j as %j', (fields, text) => {
    expect(encodeEvent(fields)).toBe(text);
  });

  it.each([
    [{ event: 'a\nb' }, /^event: expected a string without CR, LF or NUL, got the string "a\\nb"/],
    [{ event: 'a\rb' }, /^event/],
    [{ event: 'a\0b' }, /^event/],
    [{ id: '1\ndata: forged' }, /^id: expected/],
    [{ id: '1\0' }, /^id/],
    [{ id: 1 as unknown as string }, /^id: .* got the number 1/],
    [{ retry: 1.5 }, /^retry: expected an integer .* got the number 1.5/],
    [{ retry: -1 }, /^retry/],
    [{ retry: 2 ** 31 }, /^retry: .* to 2147483647/],
    [{ retry: '5' as unknown as number }, /^retry: .* got the string "5"/],
    [{ retry: Number.NaN }, /^retry/],
    [{ data: 1 as unknown as string }, /^data: expected a string, got the number 1/],
    [{ comment: null as unknown as string }, /^comment: expected a string, got null/],
    [{ name: 'x' } as object, /^event field: expected data, event, id, retry or comment, got the string "name"/],
  ])('refuses %j with a TypeError', (fields, words) => {
    expect(() => encodeEvent(fields)).toThrow(TypeError);
    expect(() => encodeEvent(fields)).toThrow(words);
  });

  it.each([
    [{ data: 'x', id: '1' }, 'data:x\nid:1\n\n'],
    [{ data: ' lead\n two\r\n  three\r' }, 'data:  lead\ndata:  two\ndata:   three\ndata:\n\n'],
    [{ event: ' e', retry: 5 }, 'event:  e\nretry:5\n\n'],
    [{ comment: ' c' }, ': c\n'],
  ])('writes %j without the spaces after colons as %j, and keeps the spaces of values', (fields, text) => {
    expect(encodeEvent(fields, { space: false })).toBe(text);
  });
});

describe('encodeComment', () => {
  it.each([
    ['', ':\n'],
    [' hi', ': hi\n'],
    ['a\r\n\rb\n', ':a\n:\n:b\n:\n'],
  ])('writes %j as %j', (text, bytes) => {
    expect(encodeComment(text)).toBe(bytes);
  });

  it('refuses what is no string', () => {
    expect(() => encodeComment(7 as unknown as string)).toThrow(/^comment: expected a string, got the number 7/);
  });
});
