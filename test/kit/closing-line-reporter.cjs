// Leaves the line that CI reads at the end of a run: how many tests passed, failed and were skipped.
const { mkdirSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

const file = 'node_modules/.cache/pushwire/closing-line';

module.exports = class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    // A file that could not even be loaded holds no counted test, yet has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    mkdirSync(dirname(file), { recursive: true });
    const rest = skipped > 0 ? `, ${skipped} skipped` : '';
    writeFileSync(file, `${results.numPassedTests} passed, ${failed} failed${rest}\n`);
  }
};
