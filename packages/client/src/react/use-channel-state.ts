import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { StateConnection, StateOptions } from '../state/connection.js';
import { type StateInfo, StateStore } from './state-store.js';

/** Options of {@link useChannelState}. All but `select` are read when the connection is made. */
export interface UseChannelStateOptions<Value = unknown, Selected = ReadonlyMap<string, Value>>
  extends StateOptions<Value> {
  /**
   * Chooses what the component needs, such as the value of one key. The component is rendered anew
   * when the result is another one, as `Object.is` compares them. Defaults to all values, as a map.
   */
  select?: (values: ReadonlyMap<string, Value>) => Selected;
}

/** The result of {@link useChannelState}. */
export interface ChannelState<Value = unknown, Selected = ReadonlyMap<string, Value>> extends StateInfo {
  /** The choice of `select`, or else all values. There are none until they are `ready`. */
  readonly state: Selected;
  /** Shows a value at once, and sends it by the option `set`, as that of `connectState` does. */
  readonly set: StateConnection<Value>['set'];
  /** Hides a key at once, and sends its deletion, as that of `connectState` does. */
  readonly delete: StateConnection<Value>['delete'];
}

// biome-ignore lint/suspicious/noExplicitAny: the default of a type parameter is the whole map
const all = (values: ReadonlyMap<string, any>): any => values;

/**
 * Follows a state while the component is mounted and not hidden. A component that comes back shows
 * what it had until it has the newest values, of which it gets what has changed. A component is
 * rendered anew when what it has chosen changes, and not for anything else.
 *
 * Each call has a connection of its own: call it once, and pass values on to the components inside.
 * Values that have not changed stay the same objects, so `memo` spares those components.
 *
 * @typeParam Value the values, checked by TypeScript only.
 * @param url the route that serves the state, or `undefined` for none. A new one begins without
 * values.
 * @example
 * ```tsx
 * import { useChannelState } from '@pushwire/client/react';
 *
 * export function Lamps() {
 *   const { state, ready, set } = useChannelState<boolean>('/lamps', { set: '/lamps' });
 *   if (!ready) return <p>Loading</p>;
 *   return [...state].map(([name, isOn]) => (
 *     <button key={name} onClick={() => set(name, !isOn)}>
 *       {name} is {isOn ? 'on' : 'off'}
 *     </button>
 *   ));
 * }
 * ```
 */
export function useChannelState<Value = unknown, Selected = ReadonlyMap<string, Value>>(
  url: string | undefined,
  { select = all, ...options }: UseChannelStateOptions<Value, Selected> = {},
): ChannelState<Value, Selected> {
  const [kept, keep] = useState(() => new StateStore<Value>(url));
  const store = kept.url === url ? kept : new StateStore<Value>(url);
  if (store !== kept) keep(store);

  // A selection is made once for the same values, so that it may be a new object.
  const selected = useMemo(() => {
    let from: ReadonlyMap<string, Value> | undefined;
    let selection: Selected;
    return () => {
      if (from !== store.values) selection = select((from = store.values));
      return selection;
    };
  }, [store, select]);
  const state = useSyncExternalStore(store.subscribe, selected, selected);
  const infoOf = () => store.info;
  const info = useSyncExternalStore(store.subscribe, infoOf, infoOf);

  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => store.connect(latest.current), [store]);

  return { ...info, state, set: store.set, delete: store.delete };
}
