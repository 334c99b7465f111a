import { provideDial } from '../dial.js';
import { dial } from '../transports/node.js';
import './inline.js';

provideDial(dial);

export * from '../index.js';
export * from '../node.js';
