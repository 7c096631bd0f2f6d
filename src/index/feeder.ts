// Hands what finished to those who watch, over a port: as much as they keep up with; the rest they read from the journal.
import type { MessagePort } from 'node:worker_threads';
import { type FeedItem, FeedPacker } from './row-feed.ts';

/** Batches that may be on their way and not yet taken. */
const UNDER_WAY = 16;

/** The sending end. The other side posts a message back for each batch that it has taken. */
export class Feeder {
  private readonly port: MessagePort;
  private readonly packer = new FeedPacker();
  private underWay = 0;

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', () => {
      this.underWay--;
    });
    // Nobody stays up for it.
    port.unref();
  }

  /** Sends what ended in those leaves, or leaves it out: whoever gets the next batch sees the gap. */
  send(items: readonly FeedItem[], from: number, through: number): void {
    if (this.underWay >= UNDER_WAY) return;
    const batch = this.packer.pack(items, from, through);
    this.underWay++;
    this.port.postMessage(batch, [batch.numbers.buffer]);
  }

  close(): void {
    this.port.close();
  }
}
