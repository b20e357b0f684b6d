import type { IncomingMessage } from 'node:http';
import { notAsync } from '../checks/errors';
import type { AskedPoll, PollResponder } from '../delivery/held-poll';
import type { AnswerTarget } from '../delivery/sink';
import { type PollAdvice, pollBody } from '../encoders/poll';
import { FrameworkAnswers } from '../http/framework-answers';
import { queryOf } from '../http/query';
import type { Batch, BatchLimits } from '../log/batch';
import { formatCursor, isWithoutPlace, type Position, placeOf, roundOf, withRound } from '../log/cursor';
import { toJson } from '../log/json-text';
import { ResponseSink } from '../response/response-sink';
import { callOutsideRequests } from '../time/async-context';
import {
  allowSharing,
  intervalPollHeaders,
  isUnchanged,
  longPollHeaders,
  nextRound,
  sharedMaxAge,
} from './poll-caching';
import type { PollRouteSettings } from './poll-options';

const json = 'application/json; charset=utf-8';

/** The headers of answers that clients may keep. */
interface KeptHeaders {
  readonly cursor: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly withBody: Readonly<Record<string, string>>;
}

/** A poll with its request. A held poll keeps none, since interval polls are answered at once. */
interface RequestedPoll extends AskedPoll {
  readonly incoming?: IncomingMessage;
}

/** Answers the polls of one route, in its format. */
export class PollAnswers<Request> implements PollResponder {
  readonly #settings: PollRouteSettings<Request>;
  readonly #limits: BatchLimits;
  readonly #contentType: { readonly 'Content-Type': string };
  /** The headers of an answer for one client, with a body. */
  readonly #unshared: Readonly<Record<string, string>>;
  /** Most polls get the last ones again. */
  #kept: KeptHeaders | undefined;
  #empty: { readonly cursor: string; readonly body: Uint8Array } | undefined;

  /** @param limits the size of one answer. */
  constructor(settings: PollRouteSettings<Request>, limits: BatchLimits) {
    this.#settings = settings;
    this.#limits = limits;
    this.#contentType = { 'Content-Type': settings.contentType ?? json };
    this.#unshared = { ...this.#contentType, ...longPollHeaders(undefined) };
  }

  body(batch: Batch, advice: PollAdvice): string {
    const body = pollBody(batch, advice);
    const { envelope, contentType } = this.#settings;
    if (!envelope) return body;
    // The body may answer all polls at the same place, so it is made in the context of none.
    const enveloped = callOutsideRequests(() => envelope(JSON.parse(body)));
    const value = notAsync('envelope', 'a function that is not async', enveloped);
    return contentType !== undefined && typeof value === 'string' ? value : toJson(value, 'envelope');
  }

  /** The body that says that nothing is new. Most polls get the last one again. */
  #emptyBody(batch: Batch, advice: PollAdvice & { readonly cursor: string }): Uint8Array {
    const { cursor } = advice;
    // An envelope may say something else each time.
    if (this.#settings.envelope) return Buffer.from(this.body(batch, advice));
    if (this.#empty?.cursor !== cursor) this.#empty = { cursor, body: Buffer.from(this.body(batch, advice)) };
    return this.#empty.body;
  }

  get hasSnapshots(): boolean {
    return this.#settings.initial !== undefined;
  }

  /** @param isOwn true also for a snapshot, which may be another one next time. */
  answer(to: AnswerTarget, batch: Batch, isOwn: boolean, poll: RequestedPoll): undefined {
    const { host, group, cursorText } = poll;
    const { observer } = host;
    const { cache, interval, first, emptyStatus } = this.#settings;
    const isEmpty = batch.messages.length === 0 && !batch.gap && !batch.ended;
    if (isEmpty && emptyStatus !== undefined) {
      observer.wrote(group, 1, 0, 0);
      return void to.answer(emptyStatus, longPollHeaders(undefined));
    }
    const isFirst = isWithoutPlace(cursorText);
    const needsRound = cache && cursorText !== undefined && isEmpty;
    const cursor = needsRound
      ? withRound(batch.cursor, nextRound(roundOf(cursorText), host.timers.clock.now()))
      : batch.cursor;
    // A client that repeats a URL without a cursor expects the next message, or to be held.
    const isOnce = isOwn || (isFirst && first === 'wait');
    if (!isOnce && this.#keeps(poll, cursor)) {
      observer.wrote(group, 1, 0, 0);
      return this.#sendKept(to, cursor, 304);
    }
    // A client takes an answer that leaves it where it was for that of a cache, and waits.
    const isInPlace = isOwn && !isEmpty && placeOf(cursor) === placeOf(cursorText);
    const advice = { from: cursorText, cursor, interval: interval ?? (isInPlace ? 0 : undefined) };
    const body =
      isEmpty && cursor === cursorText ? this.#emptyBody(batch, advice) : Buffer.from(this.body(batch, advice));
    if (batch.gap) observer.gap(group, batch.gap);
    observer.wrote(group, 1, batch.messages.length, body.byteLength);
    if (isOnce) this.#sendOnce(to, body);
    else this.#send(to, body, cursor, isFirst ? 1 : sharedMaxAge);
  }

  answerShared(
    to: AnswerTarget,
    bytes: Uint8Array,
    cursor: string,
    before: readonly Position[],
    { group, cursorText }: AskedPoll,
  ): undefined {
    if (placeOf(cursorText) === formatCursor(before, group.tags)) {
      return this.#send(to, bytes, cursor, sharedMaxAge);
    }
    // The client has another name for this place, and must find its own in the answer.
    const batch = group.read(before, this.#limits);
    const encode = () => this.body(batch, { from: cursorText });
    if (!isWithoutPlace(cursorText)) {
      return this.#send(to, Buffer.from(encode()), batch.cursor, sharedMaxAge);
    }
    const format = `${group.format.name} from ${cursorText}`;
    this.#sendOnce(to, group.host.catchUpCache.getOrEncode(format, group.tags, before, batch, encode));
  }

  /** @param maxAge seconds for which caches may share the answer, where the route lets them. */
  #send(to: AnswerTarget, body: Uint8Array, cursor: string, maxAge: number): undefined {
    const { cache, interval } = this.#settings;
    if (interval !== undefined) return this.#sendKept(to, cursor, 200, body);
    if (cache && this.#mayShare(to)) to.answer(200, { ...this.#contentType, ...longPollHeaders(maxAge) }, body);
    else this.#sendOnce(to, body);
  }

  #mayShare(to: AnswerTarget): boolean {
    if (!(to instanceof ResponseSink || to instanceof FrameworkAnswers)) return false;
    const { response } = to;
    const { req } = response;
    return allowSharing(req, response, !this.#settings.isNegotiated || queryOf(req).has('transport'));
  }

  /** True for an interval poll whose client has kept this answer. */
  #keeps({ incoming }: RequestedPoll, cursor: string): boolean {
    return this.#settings.interval !== undefined && isUnchanged(incoming?.headers['if-none-match'], cursor);
  }

  /** Sends an answer that the client may keep, or says that it still has the right one. */
  #sendKept(to: AnswerTarget, cursor: string, status: number, body?: Uint8Array): undefined {
    if (this.#kept?.cursor !== cursor) {
      const headers = intervalPollHeaders(cursor);
      this.#kept = { cursor, headers, withBody: { ...this.#contentType, ...headers } };
    }
    to.answer(status, body ? this.#kept.withBody : this.#kept.headers, body);
  }

  /** Sends an answer that no cache may use for the next request of the same URL. */
  #sendOnce(to: AnswerTarget, body: Uint8Array): void {
    to.answer(200, this.#unshared, body);
  }
}
