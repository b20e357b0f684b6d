/**
 * Describes tests that need something of the system. Without it they are skipped in so many words; in CI that is a failure.
 */
export function describeWhere(isThere: boolean, what: string, advice: string, name: string, tests: () => void): void {
  if (isThere) describe(name, tests);
  else if (process.env.CI !== 'true') describe.skip(`${name}. ${advice}`, tests);
  else {
    test(`${what} is there`, () => {
      throw new Error(advice);
    });
  }
}
