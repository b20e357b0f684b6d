import { checkOptions } from '../checks/check-options';
import { misuse, PushwireError } from '../checks/errors';
import { parseCursor } from '../log/cursor';
import type { Log } from '../log/log';
import { aSignal, type ReadSettings } from '../reading/read-options';
import type { ReaderRules } from '../reading/reader-host';
import { runUnknown } from './failures';

/** Options of `run.read()`. */
export interface RunReadOptions {
  /** Ends the loop, which throws the signal's reason. No default. */
  signal?: AbortSignal | undefined;
}

/** @throws TypeError for a cursor or an option that does not fit. */
export function runReadSettings(cursor: string | undefined, options: RunReadOptions | undefined): ReadSettings {
  if (cursor !== undefined && typeof cursor !== 'string') throw misuse('read cursor', 'a string', cursor);
  const { signal } = checkOptions<RunReadOptions>('read', options, { signal: aSignal });
  return { cursor: parseCursor(cursor, 'beginning'), signal };
}

/** A loop over a run throws unless the run has completed or was stopped. */
export function runRules(id: string): ReaderRules {
  return {
    refusal: ({ isUnknownRun }) => (isUnknownRun ? runUnknown(id) : undefined),
    failure: (log) => failureOf(id, log),
  };
}

function failureOf(id: string, { outcome }: Log): PushwireError | undefined {
  const name = `The run ${JSON.stringify(id)}`;
  if (outcome?.outcome === 'failed') return new PushwireError('run-failed', `${name} has failed: ${outcome.code}`);
  if (outcome?.outcome === 'lost') return new PushwireError('run-lost', `${name} was lost.`);
  return undefined;
}
