import type { Contest } from './contest';
import { accept } from './parts/accept';
import { byHand } from './parts/by-hand';
import { cluster } from './parts/cluster';
import { clusterPublish } from './parts/cluster-publish';
import { compressedStreams } from './parts/compressed';
import { compressedAlone } from './parts/compressed-alone';
import { emptyPolls } from './parts/empty-polls';
import { fanOut } from './parts/fan-out';
import { idle } from './parts/idle';
import { latency } from './parts/latency';
import { polls } from './parts/polls';
import { presence } from './parts/presence';
import { redisFollow } from './parts/redis-follow';
import { redisLatency } from './parts/redis-latency';
import { redisPublish } from './parts/redis-publish';
import { runsLive } from './parts/runs-live';
import { runsReplay } from './parts/runs-replay';
import { runsStart } from './parts/runs-start';
import { snapshot } from './parts/snapshot';
import { sockets } from './parts/sockets';
import { state } from './parts/state';
import { stateMemory } from './parts/state-memory';

/** All parts of the bench, in their order. */
export const contests: readonly Contest[] = [
  fanOut,
  compressedStreams,
  compressedAlone,
  sockets,
  latency,
  idle,
  accept,
  polls,
  emptyPolls,
  byHand,
  redisPublish,
  redisLatency,
  redisFollow,
  cluster,
  clusterPublish,
  runsLive,
  runsStart,
  runsReplay,
  state,
  snapshot,
  presence,
  stateMemory,
];
