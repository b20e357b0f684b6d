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

  const thenable = Object.fromEntries([
    ['table', 'users'],
    ['then', () => {}],
  ]);
  const rejected = Promise.reject(new Error('dropped'));
  const generator = (function* () {})();
  it.each([
    ['a promise', Promise.resolve(1), /^data: expected a value, not a promise of one; await it first, got .*Promise/],
    ['a promise that rejects', rejected, /await it first/],
    ['a thenable with properties, such as a query', thenable, /await it first/],
    ['a Map', new Map([['a', 1]]), /leaves out; give Object.fromEntries\(\) or an array of it, got .*\(Map\)/],
    ['a Set', new Set([1]), /leaves out; give an array of it, got an object \(Set\)/],
    ['an Error', new Error('x'), /leaves out; give its message, .* got an object \(Error\)/],
    ['an Error with a code', Object.assign(new RangeError('x'), { code: 'E' }), /give its message/],
    ['a WeakMap', new WeakMap(), /leaves out, got an object \(WeakMap\)/],
    ['a RegExp', /a/, /leaves out, got an object \(RegExp\)/],
    ['an iterator', new Map().keys(), /leaves out/],
    ['a generator', generator, /leaves out/],
    ['a Blob', new Blob(['x']), /leaves out, got an object \(Blob\)/],
    ['a web stream', new ReadableStream(), /leaves out/],
    ['query parameters', new URLSearchParams('a=1'), /leaves out/],
    ['headers', new Headers({ a: '1' }), /leaves out/],
    ['a Map inside', { users: [{ seats: new Map() }] }, /^data, property "seats": expected .* got an object \(Map\)/],
    ['a promise inside', { user: Promise.resolve(1) }, /^data, property "user": .* await it first/],
    ['an Error in an array', [new Error('x')], /^data, property "0": .* got an object \(Error\)/],
    ['bytes inside', { bytes: new Uint8Array([1]) }, /^data, property "bytes": expected .* publish bytes alone, or as/],
    [
      'no bytes inside',
      { bytes: new Uint8Array(0) },
      /^data, property "bytes": expected .* publish bytes alone, or as/,
    ],
    ['an ArrayBuffer inside', { bytes: new ArrayBuffer(1) }, /^data, property "bytes"/],
  ])('refuses %s, which JSON would leave empty', (_name, data, words) => {
    expect(() => createMessage(data)).toThrow(TypeError);
    expect(() => createMessage(data)).toThrow(words);
  });

  class Point {
    #hidden = 1;
    get sum() {
      return this.#hidden;
    }
  }
  it.each([
    ['an empty object', {}, '{}'],
    ['an object without a prototype', Object.create(null), '{}'],
    ['an empty object inside', { filters: {}, text: '{}' }, '{"filters":{},"text":"{}"}'],
    ['an instance of a class', new Point(), '{}'],
    ['a Map with toJSON', Object.assign(new Map([['a', 1]]), { toJSON: () => ({}) }), '{}'],
    ['an Error with toJSON', Object.assign(new Error('x'), { toJSON: () => 'told' }), '"told"'],
    ['a tagged object with properties', { [Symbol.toStringTag]: 'Tagged', a: {} }, '{"a":{}}'],
    ['a property named then', Object.fromEntries([['then', 'soon']]), '{"then":"soon"}'],
    ['numbered properties', { a: { 0: 'x' } }, '{"a":{"0":"x"}}'],
    ['a Buffer inside, which has toJSON', { a: Buffer.from('a') }, '{"a":{"type":"Buffer","data":[97]}}'],
    ['an invalid date', new Date(Number.NaN), 'null'],
  ])('takes %s', (_name, data, body) => {
    expect(createMessage(data)).toMatchObject({ kind: 'json', body });
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
