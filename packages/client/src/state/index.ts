export { connectState } from './connect-state.js';
export type { SetValue, StateConnection, StateOptions } from './connection.js';
