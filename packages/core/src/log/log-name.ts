/** The beginning of names that no channel of an app may have. */
export const reservedNames = 'pushwire:';

const runNames = `${reservedNames}run:`;

/** The name of the log of a run. */
export const runLogName = (id: string): string => `${runNames}${id}`;

/** True for the log of a run, which keeps everything while the run is under way. */
export const isRunLog = (name: string): boolean => name.startsWith(runNames);

const stateNames = `${reservedNames}state:`;
const presenceNames = `${reservedNames}presence:`;

/** The name of the log of a state. */
export const stateLogName = (name: string): string => `${stateNames}${name}`;

/** The name of the state that has a log. */
export const stateNameOf = (log: string): string => log.slice(stateNames.length);

/** The name of the log of a presence, which is that of a state. */
export const presenceLogName = (name: string): string => `${presenceNames}${name}`;

/** The log of the presence whose members are the processes that share a backplane. */
export const processesLog = `${reservedNames}processes`;

/** True for the log of a presence. */
export const isPresenceLog = (name: string): boolean => name.startsWith(presenceNames) || name === processesLog;

/** The name of the presence that has a log. */
export const presenceNameOf = (log: string): string => log.slice(presenceNames.length);

/** True for the log of a state, which keeps the newest message of each key. */
export const isStateLog = (name: string): boolean => name.startsWith(stateNames) || isPresenceLog(name);

const clientNames = `${reservedNames}clients:`;

/** The log of what processes ask each other about clients. */
export const clientCommandsLog = `${clientNames}commands`;

/** The log of their answers. */
export const clientAnswersLog = `${clientNames}answers`;

/** True for a log by which processes ask each other about clients. */
export const isClientLog = (name: string): boolean => name.startsWith(clientNames);
