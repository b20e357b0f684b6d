import type { Figure, Figures } from './figures';

/** The figures that {@link scaleOf} calculates with. Times are in µs, sizes in bytes. */
export interface ScaleFigures {
  readonly idle: Figure;
  readonly event: Figure;
  readonly joinedEvent: Figure;
  readonly plain: Figure;
  readonly gzip: Figure;
  readonly joinedPlain: Figure;
  readonly joinedGzip: Figure;
  /** The cost of a compressed event as a share of a plain one, where many share it. */
  readonly gzipShare: Figure;
  /** The additional time for an event that is compressed for one client alone. */
  readonly gzipAlone: Figure;
  readonly window: Figure;
  readonly accept: Figure;
  readonly publish: Figure;
  readonly follower: Figure;
  readonly publisher: Figure;
  readonly publishIn: Figure;
  readonly announcement: Figure;
  readonly relay: Figure;
  readonly checkRedis: Figure;
  readonly checkNode: Figure;
  readonly follow: Figure;
  readonly channel: Figure;
  readonly message: Figure;
  readonly redisChannel: Figure;
  readonly redisMessage: Figure;
  readonly brokerAlone: Figure;
  readonly brokerPublisherAlone: Figure;
  readonly brokerTogether: Figure;
  readonly brokerPublisherTogether: Figure;
}

/** Collects the figures of the page on scale. */
export function scaleFiguresOf(figures: Figures): ScaleFigures {
  const of = (part: string, variant: string, figure: string, conditions = {}) =>
    figures.get({ part, variant, figure, ...conditions });
  const stream = (part: string, figure: string, conditions = {}) => of(part, 'pushwire-express', figure, conditions);
  const compressed = (variant: string, figure: string, perTurn: number) =>
    of('compressed', variant, figure, { perTurn });
  const publish = (figure: string, clients: number) =>
    of('redis-publish', 'redis-pushwire', figure, { clients, library: 'redis' });
  const followed = (figure: string) => of('redis-follow', 'redis-channels', figure, { library: 'redis' });
  const broker = (variant: string, figure: string) => of('cluster-publish', variant, figure);
  return {
    idle: stream('idle', 'rss'),
    event: stream('fan-out', 'micros', { perTurn: 1 }),
    joinedEvent: stream('fan-out', 'micros', { perTurn: 16 }),
    plain: compressed('gzip-off', 'wire', 1),
    gzip: compressed('gzip-pushwire', 'wire', 1),
    joinedPlain: compressed('gzip-off', 'wire', 16),
    joinedGzip: compressed('gzip-pushwire', 'wire', 16),
    gzipShare: of('compressed', 'gzip-pushwire', 'micros', { base: 'gzip-off', perTurn: 1 }),
    gzipAlone: difference(
      of('compressed-alone', 'alone-gzip', 'micros'),
      of('compressed-alone', 'alone-off', 'micros'),
    ),
    window: of('compressed-alone', 'alone-gzip', 'buffers'),
    accept: stream('accept', 'bothMicros'),
    publish: publish('redisMicros', 1),
    follower: scaled(difference(publish('redisMicros', 8), publish('redisMicros', 1)), 1 / 7),
    publisher: publish('nodeMicros', 1),
    publishIn: publish('bytesIn', 1),
    announcement: scaled(difference(publish('bytesOut', 8), publish('bytesOut', 1)), 1 / 7),
    relay: of('redis-latency', 'redis-pushwire', 'followerMicros', { library: 'redis' }),
    checkRedis: followed('redisMicros'),
    checkNode: followed('nodeMicros'),
    follow: followed('startMicros'),
    channel: difference(followed('heap'), stream('idle', 'heap')),
    message: followed('messageHeap'),
    redisChannel: followed('redisBytes'),
    redisMessage: followed('redisMessageBytes'),
    brokerAlone: broker('publish-alone', 'brokerMicros'),
    brokerPublisherAlone: broker('publish-alone', 'publisherMicros'),
    brokerTogether: broker('publish-together', 'brokerMicros'),
    brokerPublisherTogether: broker('publish-together', 'publisherMicros'),
  };
}

function difference(one: Figure, other: Figure): Figure {
  return { value: one.value - other.value, from: one.from };
}

function scaled({ value, from }: Figure, factor: number): Figure {
  return { value: value * factor, from };
}
