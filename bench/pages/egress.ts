import { layOut } from '../report/format';
import { memory, share, traffic, volume } from './amounts';
import { assumed, type Scale } from './scale';
import type { ScaleFigures } from './scale-figures';

const month = 30 * 24 * 3600;

/** The bytes that go to the clients in one case, and the cost of compressing them. */
interface Egress {
  readonly what: string;
  /** Bytes of an event on the wire. */
  readonly bytes: number;
  /** Events to all clients in a second. */
  readonly deliveries: number;
  /** The share of a core that all of this takes in each process, without what it takes anyhow. */
  readonly busy?: number;
  /** The bytes of windows in each process. */
  readonly windows?: number;
}

/** Calculates the bytes that go to a million clients, with and without `compress`. */
export function egressTable(scale: Scale, figures: ScaleFigures): string {
  const { wire, node, deliveries } = scale;
  const window = figures.window.value;
  const alone = figures.gzipAlone.value / 1e6;
  const rooms = { deliveries };
  // An event a second to each.
  const everybody = { deliveries: assumed.clients };
  const shared = (assumed.clients / assumed.processes) * (figures.event.value / 1e6) * (figures.gzipShare.value - 1);
  const gathered = { channels: assumed.channels / assumed.processes, publishes: scale.publishes / assumed.processes };
  const cases: readonly Egress[] = [
    { what: 'ten clients a channel, plain', bytes: wire.plain, ...rooms },
    {
      what: 'the same, with `compress`',
      bytes: wire.gzip,
      ...rooms,
      busy: node.announcements * alone,
      windows: node.followed * window,
    },
    {
      what: 'the same, and a channel in one process',
      bytes: wire.gzip,
      ...rooms,
      busy: gathered.publishes * alone,
      windows: gathered.channels * window,
    },
    { what: 'one channel for everybody, plain', bytes: wire.plain, ...everybody },
    { what: 'the same, with `compress`', bytes: wire.gzip, ...everybody, busy: Math.max(0, shared), windows: window },
  ];
  return layOut([
    ['To a million clients', 'an event', 'all processes', 'in 30 days', 'more CPU, of a core', 'windows'],
    ...cases.map(({ what, bytes, deliveries, busy, windows }) => [
      what,
      volume(bytes),
      traffic(bytes * deliveries),
      volume(bytes * deliveries * month),
      busy === undefined ? '–' : share(busy),
      windows === undefined ? '–' : memory(windows),
    ]),
  ]);
}
