import { convertToModelMessages, type LanguageModel, streamText, type UIMessage } from 'ai';

declare const model: LanguageModel;

// #region answer
export async function* answer(messages: UIMessage[], signal: AbortSignal) {
  const result = streamText({ model, messages: await convertToModelMessages(messages), abortSignal: signal });
  for await (const data of result.toUIMessageStream()) yield { data };
}
// #endregion
