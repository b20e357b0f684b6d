// The entry `@pushwire/core/dialects`: how sources look to clients with a protocol of their own.

export type { Gap } from '../log/batch';
export { agUi } from './ag-ui';
export { type AiSdkOptions, aiSdkUiMessages } from './ai-sdk';
export { type BareSseOptions, bareSse } from './bare-sse';
export type { Dialect, DialectFailure, DialectMessage } from './dialect';
export { openAiChat } from './open-ai-chat';
export { openAiResponses } from './open-ai-responses';
