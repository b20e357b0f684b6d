import { type Framework, type OpenPoll, type OpenPollOptions, openPoll as openPollFor } from '@pushwire/core';
import type { ParameterizedContext } from 'koa';
import { checkContext, onLaterError } from './by-hand';
import { framework, ignoreResets } from './framework';

/**
 * Opens a poll that the app answers by hand: a long poll, which it answers as soon as there is
 * something, or an interval poll, which it answers at once. It can be answered after the middleware
 * has returned. A poll that the app has not answered when its wait is over is answered without a
 * message. If the middleware throws before that, Koa answers with the error.
 *
 * A client that has left, or that the hub refuses, gets a poll that is closed already, with its
 * `reason`. So an app need not look.
 *
 * @throws TypeError for an option that does not fit, and for a response whose head is sent.
 * @throws PushwireError with a `status` for a request that gets no poll: `not-acceptable`,
 * `bad-request` and `forbidden`. Koa answers with it.
 * @example
 * ```ts
 * import Router from '@koa/router';
 * import { type OpenPoll, openPoll } from '@pushwire/koa';
 * import Koa from 'koa';
 *
 * const waiting = new Set<OpenPoll>();
 * const router = new Router();
 * router.get('/news', async (ctx) => {
 *   const poll = await openPoll(ctx);
 *   waiting.add(poll);
 *   poll.closed.then(() => waiting.delete(poll));
 * });
 * router.post('/news', (ctx) => {
 *   for (const poll of waiting) poll.answer({ data: ctx.query });
 *   waiting.clear();
 *   ctx.status = 204;
 * });
 * new Koa().use(router.routes()).listen(3000);
 * ```
 */
export async function openPoll<C extends ParameterizedContext>(
  ctx: C,
  options?: OpenPollOptions<C>,
): Promise<OpenPoll> {
  checkContext('openPoll', ctx);
  ignoreResets(ctx);
  const turn = new KoaTurn(ctx);
  try {
    const poll = await openPollFor(ctx.req, ctx.res, options, ctx, turn.framework as Framework<C>);
    onLaterError(ctx, () => poll.close('failed'));
    return poll;
  } catch (error) {
    turn.giveBack();
    throw error;
  }
}

/**
 * The app's answer to one request. Until the middleware has returned, Koa sends it, so that other
 * middleware can add cookies and headers. Afterwards, it is sent at once.
 */
class KoaTurn {
  readonly #ctx: ParameterizedContext;
  #isAnswered = false;
  #isOver = false;
  readonly framework: Framework<ParameterizedContext>;

  constructor(ctx: ParameterizedContext) {
    this.#ctx = ctx;
    this.framework = { ...framework, answer: (...answer) => this.#answer(...answer) };
    // Koa reads this once, when all middleware has returned.
    Object.defineProperty(ctx, 'respond', {
      configurable: true,
      enumerable: true,
      get: () => {
        this.#isOver = true;
        return this.#isAnswered;
      },
      set: (respond) => this.giveBack(respond),
    });
  }

  #answer(ctx: ParameterizedContext, status: number, body: string | Uint8Array | undefined): void {
    this.#isAnswered = true;
    framework.answer?.(ctx, status, body);
    // The core sets the headers before that.
    if (this.#isOver) process.nextTick(() => ctx.res.end(body));
  }

  /** Leaves the response to the middleware, as if there were no poll. */
  giveBack(respond?: unknown): void {
    Object.defineProperty(this.#ctx, 'respond', {
      configurable: true,
      enumerable: true,
      writable: true,
      value: respond,
    });
  }
}
