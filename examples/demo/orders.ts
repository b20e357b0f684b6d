/** A page's order to disturb its own connections, on all nodes. */
export interface Order {
  readonly act: 'cut' | 'stall';
  readonly visitor: string;
  /** One of the page's panels. Without it, all of them. */
  readonly panel?: string | undefined;
  /** Seconds for which the page is offline or gets nothing. */
  readonly seconds: number;
}

/** Sends orders to all nodes. */
export interface Orders {
  give(order: Order): unknown;
  close(): unknown;
}

/** The orders of a single process. */
export const ownOrders = (carryOut: (order: Order) => void): Orders => ({ give: carryOut, close: () => {} });
