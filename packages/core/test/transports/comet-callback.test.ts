import { type CometCallback, callbackFor } from '../../src/transports/comet-callback';

const ask = (option: CometCallback | undefined, name?: string) => {
  try {
    return callbackFor(option, new URLSearchParams(name === undefined ? {} : { callback: name }));
  } catch (error) {
    return (error as Error).message;
  }
};

const refusal = 'The callback must be one of the allowed callbacks.';

describe('the callback of a comet document', () => {
  it.each<[CometCallback | undefined, string | undefined, ReturnType<typeof ask>]>([
    [undefined, undefined, { callback: 'pushwire' }],
    [undefined, 'pushwire_1_k3', { callback: 'pushwire_1_k3' }],
    [undefined, 'eval', 'The callback must be pushwire, or pushwire_ and up to 23 letters, digits and _.'],
    ['app.onNews', undefined, { callback: 'app.onNews' }],
    ['app.onNews', 'eval', { callback: 'app.onNews' }],
    [['app.onNews', 'onNews'], undefined, { callback: 'app.onNews' }],
    [['app.onNews', 'onNews'], 'onNews', { callback: 'onNews' }],
    [['app.onNews', 'onNews'], 'eval', refusal],
    [['app.onNews', 'onNews'], 'app', refusal],
    [/cb\d+/, 'cb17', { callback: 'cb17', isRequested: true }],
    [/cb\d+/g, 'cb17', { callback: 'cb17', isRequested: true }],
    [/^cb$|^on$/i, 'ON', { callback: 'ON', isRequested: true }],
    [/cb\d+/, 'xcb17', refusal],
    [/cb\d+/, 'cb17.x', refusal],
    [/cb\d+/m, 'cb17\nx', refusal],
    [/cb\d+/, undefined, { callback: 'pushwire' }],
    [/.*/, 'cb.constructor', refusal],
    [/.*/, 'cb(1)', refusal],
    [/.*/, '', refusal],
    [/.*/, 'x'.repeat(65), refusal],
    [/.*/, 'eval', { callback: 'eval', isRequested: true }],
  ])('with the option %p and the name %p is %p', (option, name, expected) => {
    expect(ask(option, name)).toEqual(expected);
  });
});
