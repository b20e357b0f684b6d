import { touchInterval } from '../protocol/lifetime';
import type { Exchange } from './exchange';

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
  stream.submit({ kind: 'touch', at, life: state.life }).catch(failed);
}
