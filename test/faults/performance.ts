import { setTimeout as pause } from 'node:timers/promises';
import type { Hub } from '@pushwire/core';
import type { Published } from '../kit/history';
import type { Random } from '../kit/random';
import { until } from '../kit/until';
import type { Player } from './cast';
import type { Scenario } from './scenarios';

const pieces = ['x', 'é€🙂', '</script>', '\n\ndata: y\r\n', '"', '\u2028', '{"id":"e.1"}'];

/** Publishes by the seed, once all clients are subscribed, and ends the channels. */
export async function perform(
  hub: Hub,
  cast: readonly Player[],
  random: Random,
  scenario: Scenario,
  published: Published,
  halfTime: () => void,
): Promise<void> {
  const { turns, sizes, holds } = scenario;
  const publish = async (channel: string) => {
    const piece = random.pick(pieces);
    const size = random.between(...sizes);
    const data = { n: published.head(channel) + 1, text: piece.repeat(Math.ceil(size / piece.length)) };
    published.add(channel, data);
    await hub.channel(channel).publish(data);
  };
  const subscribed = () => cast.every(({ client, isLate }) => isLate || client.history.subscribed);
  await until('all are subscribed', subscribed);

  const stopping = cast.filter((_, i) => holds && i % 2 === 0);
  for (let turn = 0; turn < turns; turn++) {
    if (turn === Math.floor(turns * 0.1)) for (const { proxy } of stopping) proxy.hold();
    if (turn === Math.floor(turns * 0.9)) for (const { proxy } of stopping) proxy.release();
    if (turn === Math.floor(turns / 2)) halfTime();
    for (let left = random.between(0, 3); left > 0; left--) await publish(random.chance(0.8) ? 'one' : 'other');
    await pause(random.between(0, 4));
  }

  for (const { proxy } of cast) proxy.calm();
  await hub.channel('one').end();
  await hub.channel('other').end();
}
