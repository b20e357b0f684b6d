/** The beginning of names that no channel of an app may have. */
export const reservedNames = 'pushwire:';

const runNames = `${reservedNames}run:`;

/** The name of the log of a run. */
export const runLogName = (id: string): string => `${runNames}${id}`;

/** True for the log of a run, which keeps everything while the run is under way. */
export const isRunLog = (name: string): boolean => name.startsWith(runNames);

const stateNames = `${reservedNames}state:`;

/** The name of the log of a state. */
export const stateLogName = (name: string): string => `${stateNames}${name}`;

/** The name of the state that has a log. */
export const stateNameOf = (log: string): string => log.slice(stateNames.length);

/** True for the log of a state, which keeps the newest message of each key. */
export const isStateLog = (name: string): boolean => name.startsWith(stateNames);
