import { script } from './script';
import { readState } from './state';

/** Ends a log, and publishes that it has ended. */
export const end = script(`${readState}
keepState()
if ended then return 0 end
redis.call('HSET', state, 'ended', 1)
publish('end')
return 1
`);
