import { script } from './script';
import { readState, renewState } from './state';

/** Ends a log, and publishes that it has ended. */
export const end = script(`${readState}${renewState}
if not epoch then beginLife() end
keepLog()
if ended then return 0 end
redis.call('HSET', log, 'ended', 1)
publish('end')
return 1
`);
