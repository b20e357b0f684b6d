import { Answers } from '../../src/two-way/answers';
import { PushwireError } from '../../src/wire/error';
import { FakeClock } from '../kit/fake-clock';

function make() {
  const clock = new FakeClock();
  const answers = new Answers(clock);
  const numbers: number[] = [];
  const ends: AbortSignal[] = [];
  let settle = { resolve() {}, reject(_: unknown) {} };
  const ask = (patience: { timeout?: number; signal?: AbortSignal } = {}) =>
    answers.ask(
      (number, signal) => {
        numbers.push(number);
        ends.push(signal);
        return new Promise((resolve, reject) => {
          settle = { resolve, reject };
        });
      },
      { timeout: 1000, ...patience },
    );
  return { clock, answers, ask, numbers, ends, sending: () => settle };
}

describe('an answer', () => {
  it('reaches the one who asked, in any order', async () => {
    const { ask, answers, ends } = make();
    const asked = [ask(), ask(), ask()];
    answers.settle({ request: 2, data: 'c' });
    answers.settle({ request: 0 });
    answers.settle({ request: 1, data: 'AP8=', encoding: 'base64' });
    expect(await Promise.all(asked)).toEqual([undefined, Uint8Array.of(0, 255), 'c']);
    expect(ends.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });

  it.each([
    ['a refusal of the app', { code: 'taken', message: 'No.' }, { name: 'AnswerError', code: 'taken', message: 'No.' }],
    ['a refusal without a sentence', { code: 'taken' }, { name: 'AnswerError', message: 'taken' }],
    ['a status', { status: 403 }, { code: 'refused', status: 403 }],
  ])('may be %s', async (_, error, expected) => {
    const { ask, answers } = make();
    const asked = ask();
    answers.settle({ request: 0, error });
    await expect(asked).rejects.toMatchObject(expected);
  });

  it('that does not come in time is a timeout, and is dropped later', async () => {
    const { ask, answers, clock, ends } = make();
    const asked = ask({ timeout: 50 });
    clock.advance(50);
    await expect(asked).rejects.toMatchObject({ code: 'timeout' });
    expect(ends[0]?.aborted).toBe(true);
    answers.settle({ request: 0, data: 1 });
  });

  it('is not waited for after the signal, or after the request was not sent', async () => {
    const { ask, sending, numbers } = make();
    const ending = new AbortController();
    const asked = ask({ signal: ending.signal });
    ending.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    await expect(ask({ signal: ending.signal })).rejects.toThrow('enough');
    expect(numbers).toEqual([0]);
    const lost = ask();
    sending().reject(new PushwireError('network'));
    await expect(lost).rejects.toMatchObject({ code: 'network' });
  });

  it('that does not come before the message counts as handled does not come at all', async () => {
    const { ask, sending } = make();
    const asked = ask();
    sending().resolve();
    await expect(asked).rejects.toMatchObject({ code: 'bad-data' });
  });

  it.each([[undefined], [null], ['x'], [{}], [{ request: 5 }], [{ request: '0' }]])(
    'of the form %p is for nobody',
    async (data) => {
      const { ask, answers } = make();
      const asked = ask();
      answers.settle(data);
      answers.settle({ request: 0, data: 'own' });
      expect(await asked).toBe('own');
    },
  );
});
