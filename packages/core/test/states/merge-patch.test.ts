import { mergePatch } from '../../src/states/merge-patch';

describe('a JSON Merge Patch', () => {
  // The table of RFC 7396, appendix A.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('changes %j by %j to %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result);
  });

  it('makes a value of nothing, and leaves the target as it is', () => {
    const target = { a: { b: 1 } };
    expect(mergePatch(undefined, { a: 1, b: null })).toEqual({ a: 1 });
    mergePatch(target, { a: { b: null } });
    expect(target).toEqual({ a: { b: 1 } });
  });

  it('takes `__proto__` for a name like any other', () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"polluted":true}}');
    expect('polluted' in {}).toBe(false);
    expect(JSON.stringify(mergePatch(patched, JSON.parse('{"__proto__":null}')))).toBe('{}');
  });

  it('may be deeper than the stack', () => {
    const deep = (end: unknown) => {
      let value: Record<string, unknown> = { end };
      for (let n = 0; n < 100_000; n++) value = { a: value };
      return value;
    };
    let merged = mergePatch(deep(1), deep(2)) as Record<string, unknown>;
    while (merged.a) merged = merged.a as Record<string, unknown>;
    expect(merged).toEqual({ end: 2 });
  });
});
