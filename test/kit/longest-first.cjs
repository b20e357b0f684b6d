// Starts the longest suites first, so that none of them runs alone at the end. Jest knows how long
// suites take only after their first run on a machine, and CI is always at its first run.
const { sep } = require('node:path');
const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Those that take most of their time waiting stand between those that need the processor. The
 * reporter of slow suites names those that are missing here.
 */
const longest = [
  'packed/packed',
  'browser/demo',
  'backplanes/presences-model',
  'proxy/compressed',
  'browser/client',
  'bench',
  'browser/demo-state',
  'browser/chat',
  'conformance',
  'browser/web-socket',
  'faults/backplane',
  'presence/model',
  'backplanes/presence-data-model',
  'client-networks',
  'backplanes/run-stores',
  'browser/client-state',
  'backplanes/dead-master',
  'backplanes/states-model',
  'backplanes/presences-in-redis',
  'unawaited',
  'backplanes/redis-rights',
  'browser/comet',
  'faults/states',
  'backplanes/clients-of-processes',
  'browser/demo-cluster',
  'backplanes/presences-of-hubs',
  'starts',
  'sdk/event-source',
  'durable-streams/conformance-redis',
  'backplanes/conformance',
  'backplanes/state-stores',
  'durable-streams/conformance',
  'faults/stall',
  'delivery/many-channels',
  'demo',
  'browser/client-run',
  'backplanes/presence-stores',
  'faults/faults',
  'backplanes/presences-of-processes',
  'browser/demo-firefox',
  'client-middlebox',
  'proxy/collapse',
  'browser/old-pages',
  'browser/client-entries',
  'proxy/pooled',
  'faults/runs',
  'faults/broker',
  'shutdown',
  'source-closing',
  'backplanes/retried-writes',
  'cluster/cluster',
  'examples',
  'browser/build-output',
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

/** True for the path of a suite of the list. */
module.exports.isLong = (path) => placeOf({ path }) < longest.length;
