// Gives memory back at once that the garbage collector would only see as a small object, and leave for long.

/**
 * Gives back the memory of bytes that nobody uses any more, nor any view of them: they have no length afterwards. Bytes of
 * Node's pool, which others share, stay.
 */
export function release(bytes: Buffer): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) buffer.transfer(0);
}
