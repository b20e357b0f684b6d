import type { DialectFailure } from './dialect';

const sentences: Record<DialectFailure['outcome'], string> = {
  stopped: 'The answer was stopped.',
  failed: 'The answer has failed.',
  lost: 'The answer is lost.',
};

/** The sentence for people in an error. Its code is for programs. */
export const sentenceOf = ({ outcome, reason }: DialectFailure): string =>
  reason === undefined ? sentences[outcome] : `${sentences[outcome]} Reason: ${reason}`;

/** An error as OpenAI's API writes it. */
export const openAiError = (failure: DialectFailure) => ({
  message: sentenceOf(failure),
  type: 'server_error',
  param: null,
  code: failure.code,
});
