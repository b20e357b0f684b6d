import { badRequest, PushwireError } from '../checks/errors';
import { failureFrame } from '../encoders/answer-frame';
import { answerTo, failureOf } from './answer';
import { type ClientFrame, readClientFrame } from './client-frame';

/** The close code for text that is no frame (RFC 6455, 7.4.1). */
const invalidPayload = 1007;

/** The close code for data that the endpoint cannot accept (RFC 6455, 7.4.1). */
const unsupportedData = 1003;

/** The close code for what the client may not have (RFC 6455, 7.4.1). */
const policyViolation = 1008;

/** The parts of a session that receiving frames uses. */
export interface FrameHost {
  /** Passes a message to the app. Absent where the app takes none. */
  readonly handle: ((data: string | Buffer) => unknown) | undefined;
  /** The most bytes of an answer. */
  readonly maxBytes: number;
  /** Changes what the connection follows. */
  changeTopics(topics: unknown): Promise<void>;
  /** Sends the text of a frame. Settles when the socket takes more bytes. */
  send(text: string): Promise<void>;
  /** Tells the app of an error of its own. */
  report(error: unknown): void;
  /** Closes the connection. */
  refuse(closeCode: number): void;
}

/**
 * Makes the function that handles what a client sends which speaks frames: text is a frame, and
 * bytes are a message. An error of the app closes the connection, unless a request tells the client
 * of it.
 */
export function frameReceiver(host: FrameHost): (data: string | Buffer) => unknown {
  return (data) => {
    let frame: ClientFrame;
    try {
      frame = typeof data === 'string' ? readClientFrame(data) : { request: undefined, data };
    } catch {
      return host.refuse(invalidPayload);
    }
    const act = actOf(frame, host);
    if (frame.request !== undefined) return answer(frame.request, act ?? refuseAny, host);
    if ('topics' in frame) return changeWithoutAnswer(frame.topics, host);
    return act ? act() : host.refuse(unsupportedData);
  };
}

/** A client that expects no answer is told of its own error by the close code. */
async function changeWithoutAnswer(topics: unknown, { changeTopics, refuse }: FrameHost): Promise<void> {
  try {
    await changeTopics(topics);
  } catch (error) {
    const status = error instanceof PushwireError ? (error.status ?? 500) : 500;
    if (status >= 500) throw error;
    refuse(status === 403 ? policyViolation : invalidPayload);
  }
}

function refuseAny(): never {
  throw badRequest('This route takes no messages.');
}

function actOf(frame: ClientFrame, { handle, changeTopics }: FrameHost): (() => unknown) | undefined {
  if ('topics' in frame) return () => changeTopics(frame.topics);
  return handle && (() => handle(frame.data));
}

async function answer(request: number, act: () => unknown, { send, report, maxBytes }: FrameHost): Promise<void> {
  let text: string;
  try {
    text = await answerTo(request, act, maxBytes);
  } catch (error) {
    const failure = failureOf(error);
    const isOfApp = !(error instanceof PushwireError && error.status !== undefined);
    if (failure.status >= 500 && isOfApp) report(error);
    text = failureFrame(request, failure);
  }
  await send(text);
}
