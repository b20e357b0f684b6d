export type { BackplaneFactory } from '@pushwire/core/backplanes';
export { clusterBackplane } from './cluster-backplane';
export type { BrokerOptions, ClusterBackplaneOptions } from './options';
export { type RunningBroker, startBroker } from './start-broker';
