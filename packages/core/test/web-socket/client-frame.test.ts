import { readClientFrame } from '../../src/web-socket/client-frame';

it.each([
  ['text', '{"data":"a"}', { request: undefined, data: 'a' }],
  ['the empty string', '{"data":""}', { request: undefined, data: '' }],
  ['a value, as JSON text', '{"data":{"n":[1,null]}}', { request: undefined, data: '{"n":[1,null]}' }],
  ['null', '{"data":null}', { request: undefined, data: 'null' }],
  ['bytes', '{"data":"AP8=","encoding":"base64"}', { request: undefined, data: Buffer.from([0, 255]) }],
  ['no bytes', '{"data":"","encoding":"base64"}', { request: undefined, data: Buffer.alloc(0) }],
  ['a request', '{"request":0,"data":1}', { request: 0, data: '1' }],
  ['more fields than it knows', '{"request":7,"data":1,"later":true}', { request: 7, data: '1' }],
  ['topics', '{"event":"pushwire:topics","request":3,"data":["a"]}', { request: 3, topics: ['a'] }],
  ['topics of any shape', '{"event":"pushwire:topics"}', { request: undefined, topics: undefined }],
])('a frame of a client may hold %s', (_, text, frame) => {
  expect(readClientFrame(text)).toEqual(frame);
});

it.each([
  '',
  'hello',
  '"a"',
  'null',
  '[]',
  '7',
  '{}',
  '{"data":"a"',
  '{"request":-1,"data":1}',
  '{"request":1.5,"data":1}',
  '{"request":"1","data":1}',
  '{"request":null,"data":1}',
  '{"request":1e20,"data":1}',
  '{"event":"chat","data":1}',
  '{"event":"pushwire:open","data":1}',
  '{"data":"a","encoding":"gzip"}',
  '{"data":"a b","encoding":"base64"}',
  '{"data":["AA=="],"encoding":"base64"}',
  '{"data":1,"encoding":"base64"}',
  `{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
])('%.80s is no frame of a client', (text) => {
  expect(() => readClientFrame(text)).toThrow(
    expect.objectContaining({ code: 'bad-request', status: 400, message: 'The message is no frame.' }),
  );
});
