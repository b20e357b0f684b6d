import { Looks } from '../../src/states/looks';

describe('looks', () => {
  it('are made at times, and go on where the last one was', () => {
    const looks = new Looks();
    expect(looks.next(1000, 1000)).toEqual(['1', '0']);
    looks.looked(251, { epoch: 'a', offset: 5 });
    expect(looks.next(1199, 1000)).toEqual(['0', '0']);
    looks.looked(0, { epoch: 'a', offset: 6 });
    expect(looks.next(1200, 1000)).toEqual(['251', '0']);
  });

  it('leave out what was before the last two rounds', () => {
    const looks = new Looks();
    const sinces = [10, 20, 30, 40].map((offset, n) => {
      const [, since] = looks.next(n * 1000, 1000);
      looks.looked(1, { epoch: 'a', offset });
      return since;
    });
    expect(sinces).toEqual(['0', '0', '10', '20']);
  });

  it('leave out nothing in another epoch', () => {
    const looks = new Looks();
    for (const [n, epoch] of ['a', 'a', 'a', 'b'].entries()) {
      looks.next(n * 1000, 1000);
      looks.looked(1, { epoch, offset: 100 });
    }
    expect(looks.next(9000, 1000)).toEqual(['1', '0']);
  });
});
