import { memoryBackplane } from '@pushwire/core';
import { conformsAsRunStore } from './run-store-conformance';

conformsAsRunStore('the memory of a process', async () => ({
  make: memoryBackplane,
  isOne: true,
  close: async () => {},
}));
