// Starts the longest suites first, so that none of them runs alone at the end. Jest knows how long
// suites take only after their first run on a machine, and CI is always at its first run.
const { sep } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/** Those that take most of their time waiting stand between those that need the processor. */
const longest = [
  'packed/packed',
  'browser/demo',
  'backplanes/run-stores',
  'browser/client',
  'backplanes/dead-master',
  'browser/web-socket',
  'faults/backplane',
  'faults/states',
  'browser/chat',
  'client-networks',
  'bench',
  'browser/comet',
  'durable-streams/conformance-redis',
  'starts',
  'sdk/event-source',
  'backplanes/conformance',
  'backplanes/state-stores',
  'durable-streams/conformance',
  'demo',
  'browser/client-run',
  'faults/faults',
  'browser/demo-cluster',
  'browser/demo-firefox',
  'client-middlebox',
  'proxy/collapse',
  'browser/old-pages',
  'browser/client-entries',
  'proxy/pooled',
];

/** The place of a suite in the list, or the place after its end. */
function placeOf({ path }) {
  const place = longest.findIndex((name) => path.replaceAll(sep, '/').endsWith(`/test/${name}.test.ts`));
  return place < 0 ? longest.length : place;
}

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
};
