import { MessageChannel } from 'node:worker_threads'

const { port1: closedPort } = new MessageChannel()
closedPort.close()
// What V8 has compiled for typed arrays holds until a first buffer leaves its thread; so that comes before anything is compiled.
closedPort.postMessage(undefined, [new ArrayBuffer(8)])

/**
 * Gives the memory of bytes that nobody needs any more back at once; their length is 0 then. Bytes that are part of something larger, such as Node's pool of
 * small buffers, are left as they are. The collector sees little of what native code has allocated, and
 * lets tens of MiB of it pile up. What is sent over a closed port leaves the sender all the same, and arrives nowhere
 * (https://html.spec.whatwg.org/multipage/web-messaging.html#message-port-post-message-steps).
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) closedPort.postMessage(undefined, [buffer])
}
