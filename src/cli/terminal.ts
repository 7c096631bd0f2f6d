// What the terminal can do: its width, and whether it may be given colour (https://no-color.org).
import { styleText } from 'node:util';

type Stream = NodeJS.WriteStream;
type Style = Parameters<typeof styleText>[0];

export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Colours for a stream; they do nothing when it is no terminal, or NO_COLOR says so. */
export function paint(stream: Stream = process.stdout, env: NodeJS.ProcessEnv = process.env): Paint {
  const on = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const style = (name: Style) => (text: string) => (on ? styleText(name, text, { validateStream: false }) : text);
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
    cyan: style('cyan'),
  };
}

/** Columns of the terminal; what is piped is given room enough for whole values. */
export function widthOf(stream: Stream = process.stdout): number {
  return stream.isTTY ? Math.max(stream.columns || 80, 40) : 200;
}
