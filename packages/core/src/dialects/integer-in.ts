/**
 * Reads an integer from a query.
 *
 * @returns `undefined` where the parameter is absent or empty, and `NaN` for another text.
 */
export function integerIn(query: URLSearchParams, parameter: string): number | undefined {
  const text = query.get(parameter);
  if (text === null || text === '') return undefined;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
