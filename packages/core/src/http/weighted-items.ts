/** A member of a list whose members may have weights. */
export interface WeightedItem {
  /** In lower case, without its parameters. */
  readonly value: string;
  /** From 0 to 1. A malformed weight counts as 0. */
  readonly quality: number;
}

/** More items than any client sends. The rest of a longer header is ignored. */
const maxItems = 32;

/** Reads a header such as `Accept`, whose items may have weights (RFC 9110, 12.4.2). */
export function weightedItems(header: string): readonly WeightedItem[] {
  return header.split(',', maxItems).map(readItem);
}

function readItem(text: string): WeightedItem {
  const [value = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { value, quality: /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 };
}
