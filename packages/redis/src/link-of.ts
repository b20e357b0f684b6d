import { away } from './away';
import type { Lifeline } from './lifeline';
import type { Link } from './link';
import type { Unanswered } from './unanswered';

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
