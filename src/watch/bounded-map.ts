// A map of at most so many keys: when it is full, one that was not used lately makes room.

/** Where a key's value stands. Whoever holds it sets `used`, and looks the key up again when it is gone. */
export interface Slot<V> {
  readonly key: string;
  value: V;
  used: boolean;
  gone: boolean;
}

/** Second-chance eviction (the clock algorithm): using a key costs no more than finding it. */
export class BoundedMap<V> {
  private readonly slots = new Map<string, Slot<V>>();
  private readonly ring: Slot<V>[] = [];
  private hand = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.slots.size;
  }

  get(key: string): V | undefined {
    return this.slot(key)?.value;
  }

  slot(key: string): Slot<V> | undefined {
    const slot = this.slots.get(key);
    if (slot) slot.used = true;
    return slot;
  }

  set(key: string, value: V): Slot<V> {
    const known = this.slots.get(key);
    if (known) {
      known.value = value;
      known.used = true;
      return known;
    }
    const slot = { key, value, used: false, gone: false };
    if (this.ring.length < this.most) this.ring.push(slot);
    else this.replace(slot);
    this.slots.set(key, slot);
    return slot;
  }

  /** Drops the keys that are gone; who holds their slots finds them gone. */
  drop(isGone: (key: string) => boolean): void {
    for (let at = 0; at < this.ring.length; ) {
      const slot = this.ring[at]!;
      if (!isGone(slot.key)) {
        at++;
        continue;
      }
      slot.gone = true;
      this.slots.delete(slot.key);
      const last = this.ring.pop()!;
      if (last !== slot) this.ring[at] = last;
    }
    if (this.hand >= this.ring.length) this.hand = 0;
  }

  *entries(): Generator<[string, V]> {
    for (const { key, value } of this.ring) yield [key, value];
  }

  *values(): Generator<V> {
    for (const { value } of this.ring) yield value;
  }

  private replace(slot: Slot<V>): void {
    for (;;) {
      const old = this.ring[this.hand]!;
      if (!old.used) {
        this.slots.delete(old.key);
        old.gone = true;
        this.ring[this.hand] = slot;
        this.hand = (this.hand + 1) % this.most;
        return;
      }
      // It is spared once.
      old.used = false;
      this.hand = (this.hand + 1) % this.most;
    }
  }
}
