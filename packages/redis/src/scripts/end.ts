import { script } from './script';
import { readState } from './state';

/** Finishes a log, and announces that. */
export const end = script(`${readState}
remember()
if ended then return 0 end
redis.call('HSET', state, 'ended', 1)
tell('end')
return 1
`);
