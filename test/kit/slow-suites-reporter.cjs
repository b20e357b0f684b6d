// Names the slow suites that the sequencer does not know: one that begins late runs alone at the end.
const { isLong } = require('./longest-first.cjs');

const slowMs = 20_000;

module.exports = class SlowSuitesReporter {
  onRunComplete(_contexts, { testResults }) {
    // A run of a few suites is done at once, in any order.
    if (testResults.length < 100) return;
    for (const { testFilePath: path, perfStats } of testResults) {
      if (perfStats.runtime < slowMs || isLong(path)) continue;
      console.log(`${path} took ${Math.round(perfStats.runtime / 1000)} s: add it to test/kit/longest-first.cjs.`);
    }
  }
};
