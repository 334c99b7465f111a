/** permessage-deflate with its module inside. */

import encoded from 'framewire:deflate';
import { provideDeflate } from '../deflate/module.js';
import { decodeBase64 } from './base64.js';

provideDeflate(() => decodeBase64(encoded));

export { permessageDeflate } from '../deflate/extension.js';
