import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { textOf } from '../../src/response/answer-body';

describe('textOf', () => {
  it.each([
    ['', true],
    ['{"cursor":"a.1"}', true],
    ['x'.repeat(4096), true],
    ['x'.repeat(4097), false],
    ['é', false],
    ['\u{1f600} and more', false],
  ])('%.20j is sent as text: %s', (text, isText) => {
    const bytes = Buffer.from(text);
    const body = textOf(bytes);
    expect(body).toBe(isText ? text : bytes);
    expect(textOf(bytes)).toBe(body);
    expect(textOf(new Uint8Array(Buffer.from(`${text}.`)))).not.toBe(body);
  });

  it('keeps no long body in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const bytes = new WeakRef(textOf(new Uint8Array(5000)) as Uint8Array);
    for (let n = 0; n < 20 && bytes.deref(); n++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    expect(bytes.deref()).toBeUndefined();
  });
});
