/** The core's module in base64: made by the build. */
declare module 'framewire:core' {
  const encoded: string;
  export default encoded;
}
