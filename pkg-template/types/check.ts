/** The implementation is what the public types say: checked by the compiler, never run. */

import { permessageDeflate } from '../src/deflate/extension.js';
import * as main from '../src/index.js';
import { init } from '../src/load.js';
import * as node from '../src/node.js';

type Face<T> = { [Name in keyof T]: T[Name] };

/** A class whose constructor is the package's own affair is compared by its instances. */
type Classless<T> = Omit<T, 'WebSocketSession'>;

main satisfies Classless<Face<typeof import('./index.js')>>;
node satisfies Face<typeof import('./node.js')>;
permessageDeflate satisfies typeof import('./deflate.js').permessageDeflate;
init satisfies typeof import('./slim.js').init;

declare const session: main.WebSocketSession;
session satisfies import('./index.js').WebSocketSession;
