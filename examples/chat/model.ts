import { setTimeout as pause } from 'node:timers/promises';
import { RunError } from '@pushwire/core';

const sentences = [
  'A run is a stream that outlives its request.',
  'Its producer writes to a log, and each reader is a cursor on that log.',
  'So a page that is reloaded reads the answer from the start, and loses nothing.',
  'A second window shows the same tokens at the same time.',
  'Whoever stops the run stops it for everybody, from any process.',
  'And if the process dies in the middle, every reader is told that the answer is not whole.',
];

/** The whole answer to a prompt. */
export const answerTo = (prompt: string): string => `You asked: ${prompt}. ${sentences.join(' ')}`;

/**
 * Stands for a language model: it answers word by word, without a network, and stops when `signal`
 * fires. The prompt `fail` makes it fail in the middle.
 */
export async function* tokensOf(prompt: string, signal: AbortSignal): AsyncGenerator<string> {
  let count = 0;
  for (const token of answerTo(prompt).match(/\S+\s*/g) ?? []) {
    yield token;
    if (prompt === 'fail' && ++count === 20) throw new RunError('model-overloaded');
    // It rejects when the signal fires, as the request to a model does.
    await pause(60, undefined, { signal });
  }
}
