// #region react
import { useChannel } from '@pushwire/client/react';

interface News {
  headline: { text: string };
}

export function useHeadlines() {
  return useChannel<News, readonly string[]>(
    '/news',
    (texts, { event, data }) => (event === 'headline' ? [...texts, data.text] : texts),
    [],
  );
}
// #endregion
