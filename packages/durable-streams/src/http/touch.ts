import { touchInterval } from '../protocol/lifetime';
import type { Exchange } from './exchange';

/** A stream may be larger than its limit by this factor before reads are no longer noted. */
const notesFactor = 2;

/**
 * Notes in the log that the stream was read, where it has a TTL and the last note is old. Nothing
 * waits for that.
 */
export function touch({ stream, settings, failed }: Exchange): void {
  const { state } = stream;
  const ttl = state?.lifetime.ttl;
  if (state === undefined || ttl === undefined) return;
  const at = settings.clock.now();
  if (at - state.used < touchInterval(ttl)) return;
  // Notes of reads take room in the log, so they have a limit too.
  if (stream.bytes > notesFactor * settings.maxStreamBytes) return;
  stream.submit({ kind: 'touch', at, life: state.life }).catch(failed);
}
