import { type TransportName, transportNames } from '../encoders/transport-name';
import { type WeightedItem, weightedItems } from '../http/weighted-items';

/** The transport for each type that a client may accept, in our order of preference. */
const offers: readonly (readonly [type: string, transport: TransportName])[] = [
  ['text/event-stream', 'sse'],
  ['application/x-ndjson', 'ndjson'],
  ['application/json', 'long-poll'],
  ['text/html', 'comet'],
];

/** Returns the types that the offered transports have. */
export function acceptableTypes(offered: readonly TransportName[]): readonly string[] {
  return offers.filter(([, transport]) => offered.includes(transport)).map(([type]) => type);
}

/**
 * Returns the transport that an `Accept` header asks for (RFC 9110, 12.5.1). The greatest quality
 * wins, then the more specific range, then our own order. A request without the header accepts
 * everything.
 *
 * @param offered the transports of the route. Defaults to all.
 */
export function negotiate(
  accept: string | undefined,
  offered: readonly TransportName[] = transportNames,
): TransportName | undefined {
  const ranges = weightedItems(accept ?? '*/*').map(readRange);
  let best: { quality: number; specificity: number; transport: TransportName } | undefined;
  for (const [type, transport] of offers) {
    if (!offered.includes(transport)) continue;
    const matching = ranges.filter((range) => range.matches(type)).sort((a, b) => b.specificity - a.specificity)[0];
    if (matching === undefined || matching.quality === 0) continue;
    const { quality, specificity } = matching;
    const better =
      best === undefined || quality > best.quality || (quality === best.quality && specificity > best.specificity);
    if (better) best = { quality, specificity, transport };
  }
  return best?.transport;
}

interface Range {
  readonly quality: number;
  readonly specificity: number;
  matches(type: string): boolean;
}

function readRange({ value: range, quality }: WeightedItem): Range {
  if (range === '*/*') return { quality, specificity: 0, matches: () => true };
  if (range.endsWith('/*')) {
    return { quality, specificity: 1, matches: (type) => type.startsWith(range.slice(0, -1)) };
  }
  return { quality, specificity: 2, matches: (type) => type === range };
}
