/** Says what a long test is at, past jest's own console. */
export function progress(sentence: string): void {
  process.stderr.write(`  … ${sentence}\n`);
}
