import { script } from './script';
import { readState } from './state';
import { stateValues, valuesAfterState } from './values';

/** The most offsets that one call looks at. */
const manySteps = 1000;

/**
 * Keeps a state alive that has followers, and deletes what has become too old. It makes no new
 * state, but fails where Redis refuses to write, also when there is none.
 *
 * Arguments after those of {@link stateValues}: a reader's epoch and offset. A reader whose offset
 * is beyond the head proves that the server has lost messages, so the epoch is renewed.
 */
export const keepValues = script(`${readState}
if not epoch then return redis.call('DEL', log) end
${valuesAfterState}
if ARGV[10] == epoch and tonumber(ARGV[11]) > head then renewEpoch() end
expireValues(${manySteps})
tidy(${manySteps})
if keepsForever() then redis.call('PERSIST', log) else keepLog() end
return 1
`);

/**
 * Deletes all values. The log begins a new life without messages.
 *
 * Returns the epoch, and the number of processes on this server that have heard of it; or where
 * there is no state, an empty epoch, the server's time and the name of the quiet time.
 */
export const clearValues = script(`${stateValues}
if not epoch then return { '', digits(time), quiet() } end
local heard = head > 0 and beginLife() or 1
keepLog()
return { epoch, heard }
`);

/**
 * Reads the value of a key. It writes nothing. Argument after the common ones: the key.
 *
 * Returns the server's time, the name of the quiet time, and where there is a state also its epoch
 * and the newest message of the key, or nothing; and of a presence the earliest time at which a
 * lease may be over.
 */
export const readValue = script(`${readState}
local entry, lapse = unpack(redis.call('HMGET', log, '=' .. ARGV[7], 'lapse'))
return { digits(now()), epoch and '' or quiet(), epoch, entry, lapse }
`);
