import type { AnswerSink } from './sink';

/** Stands for the sink that a connection has let go of when it was closed. */
export const closedSink: AnswerSink = {
  listener: undefined,
  pending: 0,
  gone: true,
  begin() {},
  write() {},
  end() {},
  destroy() {},
  answer() {},
};
