/** Everything but the core's module, for pages and all that is like them. */

export { provideCore } from '../core.js';
export * from '../index.js';
export { init } from '../load.js';
