import { bytesOf, clientFrame } from '../../src/two-way/client-frame';

const bytes = Uint8Array.of(1, 0, 255, 2);

it.each([
  ['text', 'a "b"', undefined, '{"data":"a \\"b\\""}'],
  ['a value', { n: [1, null] }, undefined, '{"data":{"n":[1,null]}}'],
  ['null', null, undefined, '{"data":null}'],
  ['a request', 'x', 0, '{"request":0,"data":"x"}'],
  ['a typed array', bytes, 7, '{"request":7,"data":"AQD/Ag==","encoding":"base64"}'],
  ['a part of a buffer', bytes.subarray(1, 3), 7, '{"request":7,"data":"AP8=","encoding":"base64"}'],
  ['a DataView', new DataView(bytes.buffer, 3), 7, '{"request":7,"data":"Ag==","encoding":"base64"}'],
  ['a buffer', bytes.buffer, 7, '{"request":7,"data":"AQD/Ag==","encoding":"base64"}'],
  ['no bytes', new Uint8Array(), 7, '{"request":7,"data":"","encoding":"base64"}'],
])('the frame of %s', (_, data, request, text) => {
  expect(clientFrame(data, request)).toBe(text);
});

it('has bytes of any number', () => {
  const many = Uint8Array.from({ length: 300_001 }, (_, i) => i * 7);
  const { data } = JSON.parse(clientFrame(many, 1));
  expect(Buffer.from(data, 'base64').equals(Buffer.from(many))).toBe(true);
});

it.each([[undefined], [() => 1], [Symbol('x')], [1n]])('there is none of %p', (data) => {
  expect(() => clientFrame(data)).toThrow(expect.objectContaining({ name: 'TypeError' }));
});

it.each([['text'], [{ byteLength: 1 }], [null], [[1]]])('%p is no bytes', (data) => {
  expect(bytesOf(data)).toBeUndefined();
});
