// What a key without history is judged by: the highest windows of keys of its sort.
import { RATE, WINDOWS } from './parameters.ts';

interface Peer {
  /** Active bins that were learned. */
  bins: number;
  /** Mean and variance of the logarithm of their keys' highest window, for each window. */
  readonly mean: number[];
  readonly variance: number[];
}

export type PeersState = readonly [string, Peer][];

const zeros = (): number[] => new Array<number>(WINDOWS).fill(0);

export class Peers {
  private readonly numbers = new Map<string, number>();
  private readonly peers: Peer[] = [];

  private readonly crowds: readonly string[];
  private readonly isCrowd: boolean[] = [];

  /** @param crowds peers whose keys count many callers: of them nothing is too much until they have a history */
  constructor(crowds: readonly string[] = [], state: PeersState = []) {
    this.crowds = crowds;
    for (const [name, peer] of state) {
      this.numbers.set(name, this.peers.length);
      this.peers.push(peer);
      this.isCrowd.push(crowds.includes(name));
    }
    // The first one stands for those that are too many.
    if (this.peers.length === 0) this.numberOf('');
  }

  numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    if (this.peers.length >= RATE.peers.most) return 0;
    this.numbers.set(name, this.peers.length);
    this.isCrowd.push(this.crowds.includes(name));
    return this.peers.push({ bins: 0, mean: zeros(), variance: zeros() }) - 1;
  }

  /** Takes in that one of them was active within a bin, and its highest windows. */
  learn(number: number, peaks: Float32Array, at: number): void {
    const peer = this.peers[number]!;
    peer.bins = Math.min(peer.bins + 1, RATE.peers.memory);
    const weight = 1 / peer.bins;
    for (let w = 0; w < WINDOWS; w++) {
      const difference = Math.log(Math.max(peaks[at + w]!, 1)) - peer.mean[w]!;
      peer.mean[w]! += weight * difference;
      peer.variance[w] = (1 - weight) * (peer.variance[w]! + weight * difference * difference);
    }
  }

  /** From how many calls within a window on a newcomer is too much. */
  limit(number: number, w: number): number {
    const { bins, mean, variance } = this.peers[number]!;
    const { prior, spread, beyond } = RATE.peers;
    const newcomer = RATE.newcomer[w]! * (this.isCrowd[number] ? RATE.crowd : 1);
    const weight = bins / (bins + prior);
    const own = mean[w]! + spread * Math.sqrt(variance[w]! + 0.25) + Math.log(beyond);
    const both = Math.exp(weight * own + (1 - weight) * Math.log(newcomer));
    return Math.max(both, newcomer * RATE.newcomerLeast);
  }

  save(): PeersState {
    return [...this.numbers].map(([name, number]) => [name, this.peers[number]!]);
  }
}
