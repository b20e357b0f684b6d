import type { Browser, Page } from 'playwright-core';

/** A component that calls a hook, as scripts for the page that {@link openReactPage} opens. */
export interface HookComponent {
  /** The names that it uses of the global `pushwire`. */
  readonly uses: readonly string[];
  /** Its body, with `props`. What it gives to `show` is what `shown` gives to the test. */
  readonly body: string;
}

/** A page that renders a component with a hook. */
export interface ReactPage {
  readonly tab: Page;
  /** Renders it anew. `visible: false` hides it by an activity, and `strict` is strict mode. */
  render(props: object): Promise<void>;
  /** What the component showed when it was rendered last. */
  shown<Shown>(): Promise<Shown>;
  /** What it has showed for each of its statuses, without repetitions. */
  statuses(): Promise<string[]>;
  evaluate(script: string): Promise<unknown>;
  unmount(): Promise<void>;
  close(): Promise<void>;
}

export async function openReactPage(
  browser: Browser,
  url: string,
  { uses, body }: HookComponent,
  props: object,
): Promise<ReactPage> {
  const tab = await browser.newPage();
  await tab.goto(url);
  await tab.evaluate(`
    const { Activity, createElement, createRoot, StrictMode, ${uses.join(', ')} } = pushwire;
    globalThis.statuses = [];
    const show = (values, status = values.status) => {
      globalThis.shown = values;
      if (statuses.at(-1) !== status) statuses.push(status);
    };
    const Component = (props) => {
      ${body}
      return null;
    };
    const root = createRoot(document.getElementById('root'));
    globalThis.unmount = () => root.unmount();
    globalThis.render = ({ visible = true, strict, ...props }) => {
      const component = createElement(Component, props);
      const activity = createElement(Activity, { mode: visible ? 'visible' : 'hidden' }, component);
      root.render(strict ? createElement(StrictMode, null, activity) : activity);
    };
    render(${JSON.stringify(props)});
  `);
  return {
    tab,
    render: (next) => tab.evaluate(`render(${JSON.stringify(next)})`),
    shown: <Shown>() => tab.evaluate('shown') as Promise<Shown>,
    statuses: () => tab.evaluate('statuses') as Promise<string[]>,
    evaluate: (script) => tab.evaluate(script),
    unmount: () => tab.evaluate('unmount()'),
    close: () => tab.close(),
  };
}
