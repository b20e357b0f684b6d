import { amount, memory, rate, share, traffic, whole } from './amounts';
import { assumed, type Scale } from './scale';

/** The processes of the case, as a diagram. */
export function scaleDiagram(scale: Scale): string {
  const { clients, channels, processes, shards } = assumed;
  const { node, wire, deliveries } = scale;
  const about = (value: number) => whole(Number(value.toPrecision(2)));
  return [
    '```mermaid',
    'flowchart LR',
    `  clients["${whole(clients)} clients"] -- "${whole(deliveries)} events/s<br>${traffic(deliveries * wire.plain)}" --- proxies["proxies<br>(not counted here)"]`,
    `  proxies --- nodes["${processes} Node processes<br>${whole(node.connections)} connections, ${about(node.followed)} channels each<br>${share(scale.busy)} of a core, ${memory(scale.memory)} each"]`,
    `  nodes -- "${rate(scale.publishes)} publishes<br>${rate(Number(scale.checks.toPrecision(1)))} checks" --> redis["${shards} Redis shards<br>${whole(channels / shards)} channels, ${memory(scale.redis.memory / shards)} each<br>${share(scale.redisBusy / shards)} of a core each"]`,
    `  redis -- "${rate(Number((scale.publishes * scale.followers).toPrecision(2)))} Pub/Sub messages<br>${amount(scale.out / 1e6, 'MB/s')}" --> nodes`,
    '```',
  ].join('\n');
}
