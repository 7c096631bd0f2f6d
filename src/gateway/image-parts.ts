// What the steps of an exchange hand on of images.
import type { Read } from '../datadog/before.ts';
import type { ImagesInfo } from '../exchange/image.ts';
import type { Connection } from '../vault/vault.ts';

/** Images as the recorder takes them. */
export interface RecordableImages {
  readonly info: ImagesInfo;
  readonly bytes?: Uint8Array;
}

/** What a call is about to change, and the images of it. */
export interface Imaged {
  readonly connection: Connection;
  readonly reads: readonly Read[];
  readonly before: RecordableImages;
}
