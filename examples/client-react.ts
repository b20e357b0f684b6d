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

// #region run
import { useRun } from '@pushwire/client/react';

/** @param id `undefined` as long as nothing was asked. */
export function useAnswer(id: string | undefined) {
  const { text, status, stop } = useRun(id && `/answers/${id}`);
  return { text, stop, isRunning: status === 'running', isWhole: status === 'completed' };
}
// #endregion
