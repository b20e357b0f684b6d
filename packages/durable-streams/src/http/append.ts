import type { Append } from '../protocol/command';
import { isJson, sameType } from '../protocol/content-type';
import type { ProducerStep } from '../protocol/producer';
import type { StreamState, Verdict } from '../protocol/stream-state';
import type { Decision } from '../streams/stream-log';
import { contentOf, expectAtMost, readBody } from './body';
import { type Exchange, existing, type Target, tailHeaders, unknownStream } from './exchange';
import { contentTypeOf, producerOf, saysClosed, streamSeqOf } from './fields';
import { type Answer, Refusal } from './refusal';
import { submitWithin } from './room';

/** Stands for the content type of the stream, whichever it has. */
export const any = Symbol('any content type');

/** The wishes of a POST, or of the app. */
export interface Wanted {
  readonly body: Buffer;
  /** `any` is that of the stream. */
  readonly type: string | typeof any | undefined;
  readonly producer: ProducerStep | undefined;
  readonly seq: string | undefined;
  readonly closes: boolean;
}

/** Answers a POST: appends to the stream, or closes it, or both in one step. */
export async function append(exchange: Exchange): Promise<Answer> {
  const { request, settings } = exchange;
  const [closes, producer, seq] = [saysClosed(request), producerOf(request), streamSeqOf(request)];
  const body = await readBody(request, settings.maxAppendBytes);
  // An empty body that closes the stream may have any content type.
  const type = body.byteLength > 0 ? contentTypeOf(request) : undefined;
  return appendTo(exchange, { body, type, producer, seq, closes });
}

/** Appends to a stream, or closes it, or both in one step. */
export async function appendTo(target: Target, wanted: Wanted): Promise<Answer> {
  expectAtMost(target.settings.maxAppendBytes, wanted.body.byteLength);
  const decision = await decide(target, wanted);
  const { state } = target.stream;
  if (state === undefined) throw unknownStream();
  return answerTo(decision.verdict, wanted, state);
}

async function decide(target: Target, wanted: Wanted): Promise<Decision> {
  const { stream, settings } = target;
  for (;;) {
    const state = await existing(target);
    const content = checked(wanted, state);
    const { producer, seq, closes } = wanted;
    const command: Append = {
      kind: 'append',
      at: settings.clock.now(),
      life: state.life,
      ...(producer && { producer }),
      ...(seq !== undefined && { seq }),
      ...(closes && { closes }),
    };
    const decision = await submitWithin(target, command, content);
    const isReplaced = decision.verdict.kind === 'unknown' && stream.state && stream.state.life !== state.life;
    if (!isReplaced) return decision;
  }
}

/** @throws Refusal for content that this stream does not take. A closed stream takes none. */
function checked({ body, type, closes }: Wanted, state: StreamState) {
  if (body.byteLength === 0) {
    if (closes) return '';
    throw new Refusal(400, 'The body is empty.');
  }
  if (state.isClosed) return body;
  if (type === undefined) throw new Refusal(400, 'Content-Type is missing.');
  if (type !== any && !sameType(type, state.type))
    throw new Refusal(409, `The stream's content type is ${state.type}.`);
  const content = contentOf(body, state.type);
  if (content === '' && isJson(state.type)) throw new Refusal(400, 'The array is empty.');
  return content;
}

function answerTo(verdict: Verdict, { body, producer }: Wanted, state: StreamState): Answer {
  const tail = tailHeaders(state);
  switch (verdict.kind) {
    case 'accepted': {
      const headers = { ...tail, ...(producer && stepHeaders(producer)) };
      return { status: producer && body.byteLength > 0 ? 200 : 204, headers };
    }
    case 'exists':
      return { status: 204, headers: tail };
    case 'duplicate':
      return { status: 204, headers: { ...tail, ...stepHeaders(verdict.newest) } };
    case 'stale':
      throw new Refusal(403, 'The producer has begun a newer epoch.', { 'Producer-Epoch': String(verdict.epoch) });
    case 'gap':
      throw new Refusal(409, 'Appends of the producer before this one are missing.', {
        'Producer-Expected-Seq': String(verdict.expected),
        'Producer-Received-Seq': String(verdict.received),
      });
    case 'late-start':
      throw new Refusal(400, 'A new epoch of a producer begins with Producer-Seq 0.');
    case 'closed':
      throw new Refusal(409, 'The stream is closed.', tail);
    case 'disorder':
      throw new Refusal(409, 'Stream-Seq is not greater than the last one.');
    default:
      throw unknownStream();
  }
}

function stepHeaders({ epoch, seq }: { readonly epoch: number; readonly seq: number }) {
  return { 'Producer-Epoch': String(epoch), 'Producer-Seq': String(seq) };
}
