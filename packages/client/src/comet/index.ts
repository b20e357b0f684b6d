export { comet } from './comet.js';
