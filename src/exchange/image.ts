// Images: what a resource was before a change and after it, as the parts `before` and `after` of an entry hold it.

/** One item of the JSON array that such a part is. */
export interface ResourceImage {
  readonly kind: string;
  readonly id: string;
  /** The operation that showed it, `v1.GetMonitor`. */
  readonly operation: string;
  /** What that operation answered, secrets replaced; of a list only the item that the resource is. Absent when there is no such resource. */
  readonly answer?: unknown;
  /** `answer` is the item of a list. */
  readonly picked?: true;
}

/** What is known of a part of images beyond its bytes. */
export interface ImagesInfo {
  /** How many resources the part tells of. */
  readonly images: number;
  /** Bytes of the part. */
  readonly recorded: number;
  /** Milliseconds that reading took. */
  readonly took: number;
  /** JSON paths whose values were replaced by a keyed fingerprint. */
  readonly redacted?: readonly string[];
  /** What was not read, and why. */
  readonly skipped?: readonly SkippedImage[];
}

export interface SkippedImage {
  /** Absent when it is about all of what the call changes. */
  readonly kind?: string;
  readonly id?: string;
  readonly why: string;
}
