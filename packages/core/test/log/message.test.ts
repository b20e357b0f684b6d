import { createMessage, plainText } from '../../src/log/message';

describe('createMessage', () => {
  it.each([
    ['text', 'text', 'text'],
    ['', 'text', ''],
    [{ a: [1, null] }, 'json', '{"a":[1,null]}'],
    [0, 'json', '0'],
    [null, 'json', 'null'],
    [false, 'json', 'false'],
    [new Date(0), 'json', '"1970-01-01T00:00:00.000Z"'],
  ])('keeps %j as %s', (data, kind, body) => {
    expect(createMessage(data)).toMatchObject({ kind, body });
  });

  it.each([
    [Buffer.from([1, 2, 255])],
    [new Uint8Array([1, 2, 255])],
    [new Uint8Array([0, 1, 2, 255, 0]).subarray(1, 4)],
    [new Uint8Array([1, 2, 255]).buffer],
    [new DataView(new Uint8Array([1, 2, 255]).buffer)],
  ])('keeps bytes as bytes', (data) => {
    const message = createMessage(data);
    expect(message.kind).toBe('binary');
    expect([...(message.body as Uint8Array)]).toEqual([1, 2, 255]);
    expect(plainText(message)).toBe('AQL/');
  });

  it('keeps the data as it was at that moment', () => {
    const data = { price: 1 };
    const bytes = new Uint8Array([1]);
    const [json, binary] = [createMessage(data), createMessage(bytes)];
    data.price = 2;
    bytes[0] = 2;
    expect(json.body).toBe('{"price":1}');
    expect([...(binary.body as Uint8Array)]).toEqual([1]);
  });

  it('counts bytes instead of characters, event name included', () => {
    expect(createMessage('é€', 'ü').size).toBe(2 + 3 + 2);
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  it.each([
    ['undefined', undefined, /data: expected .* got undefined/],
    ['a function', () => 1, /got a function/],
    ['a symbol', Symbol('s'), /got a symbol/],
    ['NaN', Number.NaN, /got the number NaN/],
    ['a BigInt', 1n, /BigInt/],
    ['a BigInt inside', { a: 1n }, /BigInt/],
    ['a cycle', cycle, /circular/],
  ])('refuses %s with a TypeError', (_name, data, words) => {
    expect(() => createMessage(data)).toThrow(TypeError);
    expect(() => createMessage(data)).toThrow(words);
  });

  it.each(['a\rb', 'a\nb', 'a\0b', 'a\r\ndata: forged', '', 'pushwire:open', 'error', 'open', 7, {}])(
    'refuses the event name %j with a TypeError that names it',
    (event) => {
      expect(() => createMessage('x', event as string)).toThrow(TypeError);
      expect(() => createMessage('x', event as string)).toThrow(/^event: expected .* got /);
    },
  );

  it.each(['message', 'Error', 'errors', 'opened', 'close'])('takes the event name %j', (event) => {
    expect(createMessage('x', event).event).toBe(event);
  });
});
