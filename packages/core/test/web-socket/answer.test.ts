import { badRequest, PushwireError } from '../../src/checks/errors';
import { failureFrame } from '../../src/encoders/answer-frame';
import { answerTo, failureOf } from '../../src/web-socket/answer';
import { AnswerError } from '../../src/web-socket/answer-error';

const frame = (data: object) => ({ event: 'pushwire:answer', data });

it.each([
  ['nothing', undefined, { request: 4 }],
  ['null', null, { request: 4, data: null }],
  ['text', 'a "b"', { request: 4, data: 'a "b"' }],
  ['a value', { n: [1] }, { request: 4, data: { n: [1] } }],
  ['false', false, { request: 4, data: false }],
  ['bytes', Buffer.from([0, 255]), { request: 4, data: 'AP8=', encoding: 'base64' }],
  ['a promise', Promise.resolve(0), { request: 4, data: 0 }],
])('a request is answered with %s', async (_, result, data) => {
  expect(JSON.parse(await answerTo(4, () => result, 9))).toEqual(frame(data));
});

it('a refusal of the app is an answer', async () => {
  const refuse = () => {
    throw new AnswerError('taken', 'This seat is taken.');
  };
  const text = await answerTo(1, refuse, 9);
  expect(text).toBe(
    '{"event":"pushwire:answer","data":{"request":1,"error":{"code":"taken","message":"This seat is taken."}}}',
  );
});

it.each([
  ['what the app throws', () => Promise.reject(new RangeError('no')), RangeError],
  ['a result that JSON cannot hold', () => 1n, TypeError],
  ['a result that is a function', () => () => 1, TypeError],
  ['a result that is too large', () => 'x'.repeat(10), PushwireError],
])('%s is for the caller', async (_, handle, kind) => {
  await expect(answerTo(1, handle, 9)).rejects.toThrow(kind);
});

it.each([
  [new Error('secret'), 500],
  [Object.assign(new Error('secret'), { status: 403 }), 403],
  [Object.assign(new Error('secret'), { status: 200 }), 500],
  [Object.assign(new Error('secret'), { status: '404' }), 500],
  [badRequest('Malformed.'), 400],
  [undefined, 500],
  ['text', 500],
])('a client is told of %p by its status alone', (error, status) => {
  expect(failureFrame(2, failureOf(error))).toBe(
    `{"event":"pushwire:answer","data":{"request":2,"error":{"status":${status}}}}`,
  );
});

it.each([[''], ['x'.repeat(101)], [undefined], [404]])('%p is no code of an AnswerError', (code) => {
  expect(() => new AnswerError(code as string)).toThrow(TypeError);
});

it('an AnswerError without a message has its code as one', () => {
  expect(new AnswerError('taken')).toMatchObject({ code: 'taken', message: 'taken', status: 422, expose: true });
});
