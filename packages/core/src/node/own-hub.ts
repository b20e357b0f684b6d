import { createHub, type Hub } from '../hub/hub';

let standalone: Hub | undefined;

/** The hub of what has no channels: the app's, or one that is never closed. */
export function hubOr(own: Hub | undefined): Hub {
  return own ?? (standalone ??= createHub());
}
