import { createEmitter } from '../src/emitter';

describe('the listeners of a connection', () => {
  it('are not called for the event in which they are added', () => {
    const { on, emit } = createEmitter();
    const calls: string[] = [];
    const remove = on('a')(() => {
      remove();
      calls.push('first');
      on('a')(() => calls.push('second'));
    });
    emit('a');
    emit('a');
    expect(calls).toEqual(['first', 'second']);
  });

  it('are not called after they are removed, also by another one', () => {
    const { on, emit } = createEmitter();
    const calls: string[] = [];
    on('a')(() => removers.map((remove) => remove()));
    const removers = [on('a')(() => calls.push('removed')), on('b')(() => calls.push('removed'))];
    on('a')((one: string, other: string) => calls.push(one, other));
    emit('a', 'x', 'y');
    emit('b');
    expect(calls).toEqual(['x', 'y']);
  });
});
