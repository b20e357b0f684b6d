/**
 * Describes tests that need something of the system. Without it they are skipped with advice, and
 * in CI they fail.
 */
export function describeWhere(
  isAvailable: boolean,
  what: string,
  advice: string,
  name: string,
  tests: () => void,
): void {
  if (isAvailable) describe(name, tests);
  else if (process.env.CI !== 'true') describe.skip(`${name}. ${advice}`, tests);
  else {
    test(`${what} is available`, () => {
      throw new Error(advice);
    });
  }
}
