/** Prints the progress of a long test, bypassing jest's console. */
export function progress(sentence: string): void {
  process.stderr.write(`  … ${sentence}\n`);
}
