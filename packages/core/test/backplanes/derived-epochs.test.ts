import fc from 'fast-check';
import { DerivedEpochs } from '../../src/backplanes/derived-epochs';

const secret = Buffer.alloc(32, 1);

describe('DerivedEpochs', () => {
  it.each([
    ['', 0, 'cs1uhCLE'],
    ['news', 0, 'vVOe6Xes'],
    ['news', 1, 'vVOe6Xet'],
    ['news', 2, 'vVOe6Xeu'],
  ])('gives %j after %d retirements the epoch %s', (name, retirements, epoch) => {
    const epochs = new DerivedEpochs(secret);
    for (let n = 0; n < retirements; n++) epochs.retire(name);
    expect(epochs.of(name)).toBe(epoch);
  });

  it('gives every secret other epochs', () => {
    expect(new DerivedEpochs(Buffer.alloc(32, 2)).of('news')).not.toBe(new DerivedEpochs(secret).of('news'));
  });

  it('never gives a name an epoch again that was retired, however names share buckets', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const steps = fc.array(fc.record({ name: names, retire: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (sequence, buckets) => {
        const epochs = new DerivedEpochs(secret, buckets);
        const retired = new Set<string>();
        for (const { name, retire } of sequence) {
          const epoch = epochs.of(name);
          expect(epoch).toMatch(/^[\w-]{8}$/);
          expect(retired.has(`${name} ${epoch}`)).toBe(false);
          expect(epochs.of(name)).toBe(epoch);
          if (!retire) continue;
          retired.add(`${name} ${epoch}`);
          epochs.retire(name);
        }
      }),
    );
  });

  it('leaves the epochs of other buckets as they are', () => {
    const epochs = new DerivedEpochs(secret);
    const names = Array.from({ length: 1000 }, (_, n) => `name ${n}`);
    const before = names.map((name) => epochs.of(name));
    epochs.retire('name 0');
    const changed = names.filter((name, n) => epochs.of(name) !== before[n]);
    expect(changed).toEqual(['name 0']);
  });
});
