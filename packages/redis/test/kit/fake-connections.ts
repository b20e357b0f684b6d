import type { Link, LinkListener, LinkMaker } from '../../src/connection/redis-connection';

/** A link that does what a test says. */
export interface FakeLink extends Link {
  readonly listener: LinkListener;
  readonly asked: { resolve(reply: unknown): void; reject(error: unknown): void }[];
  readonly subscribed: string[];
  destroyed: boolean;
}

/** Makes links that a test holds in its hands. */
export function fakeLinks(): LinkMaker & { readonly links: FakeLink[] } {
  const links: FakeLink[] = [];
  const make = (listener: LinkListener): FakeLink => {
    const asked: FakeLink['asked'] = [];
    const subscribed: string[] = [];
    const link: FakeLink = {
      life: 'run',
      listener,
      asked,
      subscribed,
      destroyed: false,
      evaluate: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
      subscribe: async (channel) => void subscribed.push(channel),
      unsubscribe: async (channel) => void subscribed.splice(subscribed.indexOf(channel), 1),
      destroy() {
        link.destroyed = true;
      },
    };
    links.push(link);
    return link;
  };
  return { isSharded: false, make, links };
}
