import { type TransportName, transportNames } from '../encoders/transport-name';

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

/** More ranges than any client sends. The rest of a longer header is ignored. */
const maxRanges = 32;

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
  const ranges = (accept ?? '*/*').split(',', maxRanges).map(readRange);
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

function readRange(text: string): { quality: number; specificity: number; matches(type: string): boolean } {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  const quality = /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0;
  if (range === '*/*') return { quality, specificity: 0, matches: () => true };
  if (range.endsWith('/*')) {
    return { quality, specificity: 1, matches: (type) => type.startsWith(range.slice(0, -1)) };
  }
  return { quality, specificity: 2, matches: (type) => type === range };
}
