import type { ScaleFigures } from './scale-figures';

/** The case that the page on scale calculates. Times are in seconds, sizes in bytes. */
export const assumed = {
  clients: 1_000_000,
  channels: 100_000,
  /** Seconds between two events of a channel. */
  interval: 10,
  processes: 40,
  /** Messages that a log keeps: those of 10 minutes. */
  kept: 60,
  checkInterval: 30,
  /** Seconds after which a stream ends, and its client connects anew. */
  maxAge: 570,
  shards: 4,
  /** A socket, its inode, file, dentry and epoll entry in `/proc/slabinfo`, Linux 6.18. */
  kernel: 3.6 * 1024,
  /** The headers of TCP with timestamps and of IPv4. */
  packet: 52,
  /** The memory that a process of Node takes before its first connection. */
  bareNode: 80 * 1024 ** 2,
  /** The bytes that Redis keeps for each process that follows a channel. */
  redisFollower: 40,
  heartbeat: 15,
} as const;

const { clients, channels, interval, processes, kept, checkInterval, maxAge, shards, packet } = assumed;

/** Calculates what a million clients need from what was measured. */
export function scaleOf(figures: ScaleFigures) {
  const of = (key: keyof ScaleFigures) => figures[key].value;
  const seconds = (key: keyof ScaleFigures) => of(key) / 1e6;

  const perChannel = clients / channels;
  /** The processes that follow a channel, if its clients are anywhere. */
  const followers = processes * (1 - (1 - 1 / processes) ** perChannel);
  const followed = channels * followers;
  const publishes = channels / interval;
  const deliveries = clients / interval;
  const connections = clients / processes;
  const reconnects = clients / maxAge;
  /** Reconnects to a process in which no other client of the channel is. */
  const begun = reconnects * (1 - 1 / processes) ** (perChannel - 1);

  const own = { followed: followed / processes, announcements: (publishes * followers) / processes };
  const node = {
    ...own,
    connections,
    idle: connections * of('idle'),
    kernel: connections * assumed.kernel,
    channels: own.followed * of('channel'),
    copies: own.followed * kept * of('message'),
    relayed: own.announcements * seconds('relay'),
    further: deliveries / processes - own.announcements,
    publishes: publishes / processes,
    checks: own.followed / checkInterval,
    reconnects: reconnects / processes,
  };
  const core = {
    further: node.further * seconds('event'),
    publishes: node.publishes * seconds('publisher'),
    checks: node.checks * seconds('checkNode'),
    reconnects: node.reconnects * seconds('accept'),
  };
  const redis = {
    publishes: publishes * (seconds('publish') + (followers - 1) * seconds('follower')),
    checks: (followed / checkInterval) * seconds('checkRedis'),
    begun: begun * seconds('follow'),
    memory: channels * (of('redisChannel') + followers * assumed.redisFollower + kept * of('redisMessage')),
  };
  const wire = { plain: of('plain') + packet, gzip: of('gzip') + packet };
  return {
    perChannel,
    followers,
    followed,
    publishes,
    deliveries,
    begun,
    checks: followed / checkInterval,
    node,
    core,
    memory: node.idle + node.kernel + node.channels + node.copies + assumed.bareNode,
    busy: node.relayed + core.further + core.publishes + core.checks + core.reconnects,
    redis,
    redisBusy: redis.publishes + redis.checks + redis.begun,
    in: (publishes + followed / checkInterval) * of('publishIn'),
    out: publishes * followers * of('announcement'),
    wire,
    /** With one process to a channel. */
    gathered: { checks: (channels / checkInterval) * seconds('checkRedis'), publishes: publishes * seconds('publish') },
    /** After a restart of Redis, all channels are read again. */
    restart: { all: (followed * seconds('follow')) / shards, gathered: (channels * seconds('follow')) / shards },
    crowd: clients * seconds('accept'),
    /** An event to everybody. */
    everybody: {
      seconds: connections * seconds('event'),
      bytes: clients * wire.plain,
      gzipBytes: clients * wire.gzip,
      joined: connections * seconds('joinedEvent') * 16,
    },
    silence: { writes: clients / assumed.heartbeat, busy: (connections / assumed.heartbeat) * seconds('event') },
    shardPublishes: 1 / (seconds('publish') + (followers - 1) * seconds('follower')),
    brokerPublishes: { alone: 1 / seconds('brokerAlone'), together: 1 / seconds('brokerTogether') },
  };
}

export type Scale = ReturnType<typeof scaleOf>;
