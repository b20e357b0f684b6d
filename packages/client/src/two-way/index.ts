export { AnswerError } from './answer-error.js';
export { connectTwoWay } from './connect-two-way.js';
export type { RequestOptions, TwoWayConnection } from './connection.js';
export type { OutboxOptions, TwoWayOptions } from './options.js';
