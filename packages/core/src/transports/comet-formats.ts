import { notAsync } from '../checks/errors';
import { cometEncoders, type FrameEvent } from '../encoders/comet';
import type { CometTarget } from '../encoders/comet-opening';
import type { Encoder } from '../encoders/encoder';
import { callOutsideRequests } from '../time/async-context';

type EncoderOf = (target: CometTarget) => Encoder;

/**
 * Encoders that a route keeps for callback names and origins. Further ones are made for each
 * request.
 */
const maxCachedEncoders = 16;

let routeCount = 0;

/**
 * Makes the formats of a route: one, or one for each nonce. Requests choose the callback and the
 * origin, and these must not split the connections into groups that are encoded separately.
 */
export function formatsOf(map: ((event: FrameEvent) => unknown) | undefined): (nonce: string | undefined) => EncoderOf {
  const route = ++routeCount;
  const make = (nonce: string | undefined) =>
    cachedByTarget(
      cometEncoders({
        name: `comet ${route}${nonce === undefined ? '' : ` ${nonce}`}`,
        ...(nonce !== undefined && { nonce }),
        ...(map && { map: mapOutside(map) }),
      }),
    );
  let latest: { readonly nonce: string | undefined; readonly encoderOf: EncoderOf } | undefined;
  return (nonce) => {
    if (latest === undefined || latest.nonce !== nonce) latest = { nonce, encoderOf: make(nonce) };
    return latest.encoderOf;
  };
}

/** A frame may go to all clients of a group, so the app's mapping runs in the context of none. */
function mapOutside(map: (event: FrameEvent) => unknown): (event: FrameEvent) => unknown {
  return (event) =>
    notAsync(
      'map',
      'a function that is not async',
      callOutsideRequests(() => map(event)),
    );
}

function cachedByTarget(make: EncoderOf): EncoderOf {
  const encoders = new Map<string, Encoder>();
  return (target) => {
    const key = `${target.callback} ${target.origin ?? ''}`;
    let encoder = encoders.get(key);
    if (encoder === undefined) {
      encoder = make(target);
      if (encoders.size < maxCachedEncoders) encoders.set(key, encoder);
    }
    return encoder;
  };
}
