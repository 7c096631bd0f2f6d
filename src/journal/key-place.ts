// Where a key may stand.

/** A file with mode 0600 outside the data directory; an environment variable; what a command writes to stdout; AWS KMS. */
export type KeySource =
  | { readonly file: string }
  | { readonly env: string }
  | CommandSource
  | { readonly awsKms: AwsKmsSource };

export interface CommandSource {
  /** Program (a path) and arguments; no shell reads it. */
  readonly command: readonly string[];
  /** Milliseconds; 10 seconds when absent. */
  readonly timeout?: number | undefined;
}

/** A source that gives the key's text to this process. */
export type TextSource = Exclude<KeySource, { readonly awsKms: AwsKmsSource }>;

/** A key of AWS KMS. Credentials come from where the SDK finds them: environment, profile, instance or container role. */
export interface AwsKmsSource {
  /** ARN of a symmetric key; the same text for the life of the data directory, since the key's id here derives from it. */
  readonly key: string;
  /** The ARN's own when absent. */
  readonly region?: string | undefined;
  /** URL of another endpoint: a VPC endpoint, or a stand-in. */
  readonly endpoint?: string | undefined;
  /** For the signing key: the file that holds it, sealed. */
  readonly sealed?: string | undefined;
}

/** A source in words, for messages; never anything of the key. */
export function placeOf(source: KeySource): string {
  if ('env' in source) return `the environment variable ${source.env}`;
  if ('file' in source) return `the file ${source.file}`;
  if ('command' in source) return `the command ${source.command[0]}`;
  return `AWS KMS (${source.awsKms.key})`;
}
