/** The core's module in base64: made by the build. */
declare module 'framewire:core' {
  const encoded: string;
  export default encoded;
}

/** The module of permessage-deflate in base64: made by the build. */
declare module 'framewire:deflate' {
  const encoded: string;
  export default encoded;
}

/** The id that the core has in its custom section `framewire`: made by the build. */
declare module 'framewire:id' {
  const id: string;
  export default id;
}
