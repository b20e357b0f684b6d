/** The beginning of names that no channel of an app may have. */
export const reservedNames = 'pushwire:';

const runNames = `${reservedNames}run:`;

/** The name of the log of a run. */
export const runLogName = (id: string): string => `${runNames}${id}`;

/** True for the log of a run, which keeps everything while the run is under way. */
export const isRunLog = (name: string): boolean => name.startsWith(runNames);
