import { away } from './failures';
import type { Lifeline } from './reconnecting';
import type { Link } from './redis-connection';
import type { Unanswered } from './pending-calls';

/**
 * The link of a lifeline. The first one is waited for, as anything that Redis has to answer: until then nobody knows whether it can be
 * reached.
 *
 * @throws PushwireError `backplane-unavailable`.
 */
export async function linkOf(lifeline: Lifeline, unanswered: Unanswered, bytes = 0): Promise<Link> {
  if (lifeline.link === undefined) {
    // Nothing was sent, so that nothing is unconfirmed.
    await unanswered.wait(lifeline.first, () => {}, bytes).catch((error) => Promise.reject(away(error)));
  }
  if (lifeline.link === undefined) throw away(lifeline.error);
  return lifeline.link;
}
