import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { useChannelState } from '../src/react';

const Prices = () => {
  const { state, ready, status } = useChannelState<number>('/prices', { set: '/prices' });
  return `${status} ${ready} ${state.size}`;
};
const Price = () => {
  const select = (values: ReadonlyMap<string, number>) => ({ price: values.get('a') });
  return `${useChannelState('/prices', { select }).state.price}`;
};

it('renders no values on a server, and connects to nothing', () => {
  // A relative URL has no base here, so a connection would throw.
  expect(renderToString(createElement(Prices))).toBe('waiting false 0');
  expect(renderToString(createElement(Price))).toBe('undefined');
});
