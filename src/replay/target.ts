// What a session is replayed against: something that answers Datadog's API and whose state can be looked at.

export interface TargetRequest {
  readonly operation: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** When the call was made, in milliseconds since the epoch. */
  readonly time: number;
}

export interface TargetAnswer {
  readonly status: number;
  /** JSON; undefined for an empty body and for what is no JSON. */
  readonly body?: unknown;
}

/** One resource at one moment. `text` is its JSON: equal texts are equal resources. */
export interface Image {
  readonly kind: string;
  readonly id: string;
  readonly text: string;
}

/** Resources by a key that is theirs alone. */
export type Images = ReadonlyMap<string, Image>;

export interface ReplayTarget {
  readonly name: string;
  send(request: TargetRequest): Promise<TargetAnswer>;
  /**
   * What is there now. A sandbox shows all of it; an organisation only what the request is about to change.
   * @param answer to the request, when it has been sent already: it names what was made
   */
  look(request: TargetRequest, answer?: TargetAnswer): Promise<Images>;
}
