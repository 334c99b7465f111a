/** The core's module as a file: what importing it gives depends on the runtime or the bundler. */

import type { CoreSource } from './slim.js';

/** The module itself (workerd), its URL or its bytes: `init` of `framewire/slim` takes each. */
declare const core: CoreSource;
export default core;
