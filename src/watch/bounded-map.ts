// A map of at most so many keys: when it is full, one that was not used lately makes room.

interface Slot<V> {
  value: V;
  used: boolean;
}

/** Second-chance eviction: using a key costs no more than finding it. */
export class BoundedMap<V> {
  private readonly slots = new Map<string, Slot<V>>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  get size(): number {
    return this.slots.size;
  }

  get(key: string): V | undefined {
    const slot = this.slots.get(key);
    if (slot === undefined) return undefined;
    slot.used = true;
    return slot.value;
  }

  set(key: string, value: V): void {
    const slot = this.slots.get(key);
    if (slot) {
      slot.value = value;
      slot.used = true;
      return;
    }
    if (this.slots.size >= this.most) this.makeRoom();
    this.slots.set(key, { value, used: false });
  }

  delete(key: string): void {
    this.slots.delete(key);
  }

  *entries(): Generator<[string, V]> {
    for (const [key, { value }] of this.slots) yield [key, value];
  }

  *values(): Generator<V> {
    for (const { value } of this.slots.values()) yield value;
  }

  private makeRoom(): void {
    for (const [key, slot] of this.slots) {
      this.slots.delete(key);
      if (!slot.used) return;
      // It goes to the end of the line, and is spared once.
      slot.used = false;
      this.slots.set(key, slot);
    }
  }
}
