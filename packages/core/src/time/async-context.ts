// Apps keep the user of a request in AsyncLocalStorage. A function of the app that is called later
// must see the values of its own request, or none.

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** Calls a function in a captured async context. */
export type RunInContext = <R>(act: () => R) => R;

/**
 * Captures the current async context, for functions of the app that belong to the current request.
 * It keeps the values of the context alive, so only connections that need it hold one.
 */
export function captureContext(): RunInContext {
  const context = new CapturedContext();
  return (act) => context.runInAsyncScope(act);
}

const notDestroyed = { requireManualDestroy: true };

/** An async context that is captured where it is made. See {@link captureContext}. */
export class CapturedContext extends AsyncResource {
  constructor() {
    // `AsyncLocalStorage.snapshot()` does the same in ten times the memory.
    super('PushwireRequest', notDestroyed);
  }
}

/** The context of the process: this module is loaded outside of any request. */
const runOutside = AsyncLocalStorage.snapshot();

/**
 * Sets a timer that is shared among requests. It neither keeps the context of the request that
 * happens to set it alive, nor calls anything in it.
 */
export function outsideRequests<R>(setTimer: () => R): R {
  return runOutside(setTimer);
}

/**
 * Calls a function of the app whose result is shared among requests, or that belongs to none, such
 * as a logger. Each call has a resource of its own, which `enterWith()` of the app may change.
 */
export function callOutsideRequests<R>(act: () => R): R {
  return runOutside(() => new AsyncResource('PushwireCall').runInAsyncScope(act));
}
