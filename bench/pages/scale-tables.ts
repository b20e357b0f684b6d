import { layOut } from '../report/format';
import { amount, memory, micros, rate, share, volume, whole } from './amounts';
import { assumed, type Scale } from './scale';
import type { ScaleFigures } from './scale-figures';

/** The table of the measurements, with their sources. */
export function measurementsTable(figures: ScaleFigures): string {
  const row = (what: string, key: keyof ScaleFigures, format: (value: number) => string) => {
    const { value, from } = figures[key];
    return [what, format(value), from];
  };
  return layOut([
    ['Cost', '', 'From'],
    row('an idle SSE connection, RSS', 'idle', memory),
    row("an event to a connection, Node's CPU", 'event', micros),
    row('the same, of 16 events in one turn', 'joinedEvent', micros),
    row('an event of 170 bytes of JSON, on the connection', 'plain', volume),
    row('the same, with `compress`', 'gzip', volume),
    row('of 16 such events in one turn, each', 'joinedPlain', volume),
    row('the same, with `compress`', 'joinedGzip', volume),
    row('CPU of an event that many share, with `compress`', 'gzipShare', (value) => `${value.toFixed(2)} × plain`),
    row('to compress an event for one client alone', 'gzipAlone', micros),
    row('the window of a group with `compress`', 'window', memory),
    row('to accept a connection, and to end it', 'accept', micros),
    row("a publish, Redis' CPU, with one process that follows", 'publish', micros),
    row('each further process that follows', 'follower', micros),
    row("a publish, Node's CPU", 'publisher', micros),
    row('a publish, bytes to Redis', 'publishIn', volume),
    row('its Pub/Sub message', 'announcement', volume),
    row('a Pub/Sub message and its event to one client, Node', 'relay', micros),
    row("a check of a followed channel, Redis' CPU", 'checkRedis', micros),
    row("the same, Node's CPU", 'checkNode', micros),
    row("a channel that a process begins to follow, Redis' CPU", 'follow', micros),
    row('a followed channel, heap, without its connection', 'channel', memory),
    row('a message that a process keeps, heap', 'message', memory),
    row('a channel in Redis', 'redisChannel', memory),
    row('a message there', 'redisMessage', memory),
  ]);
}

/** The table of what each process of Node needs. */
export function nodeTable(scale: Scale, figures: ScaleFigures): string {
  const { node, core } = scale;
  const of = (key: keyof ScaleFigures, format = micros) => format(figures[key].value);
  const all = (name: string, value: string) => [`**${name}**`, '', `**${value}**`];
  return layOut([
    [`Node, each of ${assumed.processes} processes`, '', ''],
    ['connections', `${whole(node.connections)} × ${of('idle', memory)}`, memory(node.idle)],
    ['the same, in the kernel', `${whole(node.connections)} × ${memory(assumed.kernel)}`, memory(node.kernel)],
    ['followed channels', `${whole(node.followed)} × ${of('channel', memory)}`, memory(node.channels)],
    [
      'copies of their logs',
      `${whole(node.followed)} × ${assumed.kept} × ${of('message', memory)}`,
      memory(node.copies),
    ],
    all(`memory, with ${memory(assumed.bareNode)} for Node`, memory(scale.memory)),
    ['Pub/Sub messages and their first event', `${rate(node.announcements)} × ${of('relay')}`, share(node.relayed)],
    ['further events', `${rate(node.further)} × ${of('event')}`, share(core.further)],
    ['publishes', `${rate(node.publishes)} × ${of('publisher')}`, share(core.publishes)],
    ['checks', `${rate(node.checks)} × ${of('checkNode')}`, share(core.checks)],
    ['reconnects', `${rate(node.reconnects)} × ${of('accept')}`, share(core.reconnects)],
    all('of a core', share(scale.busy)),
  ]);
}

/** The table of what Redis needs. */
export function redisTable(scale: Scale, figures: ScaleFigures): string {
  const { redis, followers } = scale;
  const of = (key: keyof ScaleFigures, format = micros) => format(figures[key].value);
  const { channels, shards, redisFollower, kept } = assumed;
  const inRedis = `${of('redisChannel', memory)} + ${amount(followers, '')}× ${redisFollower} B + ${kept} × ${of('redisMessage', memory)}`;
  return layOut([
    ['Redis, all shards', '', ''],
    [
      'publishes',
      `${rate(scale.publishes)} × (${of('publish')} + ${amount(followers - 1, '')}× ${of('follower')})`,
      share(redis.publishes),
    ],
    ['checks', `${rate(scale.checks)} × ${of('checkRedis')}`, share(redis.checks)],
    ['channels that begin to be followed', `${rate(scale.begun)} × ${of('follow')}`, share(redis.begun)],
    ['**of a core**', `so ${shards} shards, ${share(scale.redisBusy / shards)} each`, `**${share(scale.redisBusy)}**`],
    ['**memory**', `${whole(channels)} × (${inRedis})`, `**${memory(redis.memory)}**`],
    ['publishes a shard takes, if it does nothing else', '', rate(scale.shardPublishes)],
    ['in', 'publishes and checks', `${amount(scale.in / 1e6, 'MB/s')}`],
    ['out', 'Pub/Sub messages', `${amount(scale.out / 1e6, 'MB/s')}`],
  ]);
}

/** The table of what rare events cost. */
export function eventsTable(scale: Scale): string {
  const { gathered, restart, everybody, silence } = scale;
  return layOut([
    ['What happens', 'What it costs', 'The same, with a channel in one process'],
    ['checks of followed channels, Redis', `${share(scale.redis.checks)} of a core`, share(gathered.checks)],
    ['publishes, Redis', share(scale.redis.publishes), share(gathered.publishes)],
    ['Redis restarts, and all channels are read again', seconds(restart.all), seconds(restart.gathered)],
    [
      'a proxy fails, and all clients connect anew',
      `${seconds(scale.crowd)} of CPU, or ${seconds(scale.crowd / assumed.processes)} of all processes`,
      'the same',
    ],
    [
      'one event to everybody by one channel',
      `${seconds(everybody.seconds)} of each process, ${volume(everybody.bytes)}`,
      'all processes follow it',
    ],
    ['16 events to everybody that go out together', `${seconds(everybody.joined)} of each process`, ''],
    ['nothing is published', `${rate(silence.writes)} heartbeats, ${share(silence.busy)} of each core`, 'the same'],
  ]);
}

const seconds = (value: number) => amount(value, 's');

/** The table of what the broker of one machine can do. */
export function brokerTable(scale: Scale, figures: ScaleFigures): string {
  const { brokerPublishes } = scale;
  const of = (key: keyof ScaleFigures) => micros(figures[key].value);
  return layOut([
    ['Publishes, with four workers that follow', "broker's CPU", "publisher's CPU", 'so at most'],
    ['one at a time', of('brokerAlone'), of('brokerPublisherAlone'), amount(brokerPublishes.alone, 'a second')],
    [
      '100 at a time',
      of('brokerTogether'),
      of('brokerPublisherTogether'),
      amount(brokerPublishes.together, 'a second'),
    ],
  ]);
}
