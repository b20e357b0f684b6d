import type { Message } from '../log/message';
import { messageFrame } from './json-frame';

/** The reason why a request has no answer: one of the app, or a status of HTTP. */
export type AnswerFailure = { readonly code: string; readonly message: string } | { readonly status: number };

/**
 * Encodes the answer to a request as a frame: `pushwire:answer`, whose data has the number of the
 * request and the fields of a frame.
 *
 * @param answer `undefined` where the app has returned nothing.
 */
export function answerFrame(request: number, answer: Message | undefined): string {
  const fields = answer === undefined ? '}' : `,${messageFrame({ ...answer, event: undefined }).slice(1)}`;
  return `{"event":"pushwire:answer","data":{"request":${request}${fields}}`;
}

/** Encodes the refusal or the failure of a request as a frame. */
export function failureFrame(request: number, error: AnswerFailure): string {
  return `{"event":"pushwire:answer","data":${JSON.stringify({ request, error })}}`;
}
