// Serves the console: the files that its build made, the page for each of its paths, and the headers that bind them.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the build lies, beside src/ and dist/. */
const BUILT = fileURLToPath(new URL('../../console/dist', import.meta.url));

/** Paths that are pages of the console (console/src/router.tsx), and where their code is. Each answers with the same document. */
const PAGES: Readonly<Record<string, string>> = {
  '/': 'pages/overview',
  '/sign-in': 'sign-in',
  '/search': 'pages/search',
  '/exchange/:id': 'pages/exchange',
  '/sessions': 'pages/sessions',
  '/session/:id': 'pages/session',
  '/resource/:kind/:id': 'pages/resource',
  '/findings': 'pages/findings',
  '/findings/:id': 'pages/finding',
  '/agents': 'pages/agents',
  '/agents/:id': 'pages/agent',
  '/connections': 'pages/connections',
  '/journal': 'pages/journal',
};

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
  '.woff2': 'font/woff2',
};
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface BuiltFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** By content coding. */
  readonly coded: ReadonlyMap<string, Buffer>;
  /** Its name has a hash of what it holds: it never changes. */
  readonly forever: boolean;
}

/**
 * Adds the console's routes. They are read from memory and looked up by name: no path of a request reaches the disk.
 * @param built the directory of the build
 */
export function serveConsole(server: FastifyInstance, built = BUILT): void {
  let files: ReadonlyMap<string, BuiltFile> | undefined;
  // Read when first asked for, so that a gateway that nobody looks at holds none of it.
  const all = (): ReadonlyMap<string, BuiltFile> => {
    if (files === undefined || files.size === 0) files = readBuilt(built);
    return files;
  };

  const file = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const found = all().get(decoded(request.url.split('?')[0] ?? ''));
    if (found === undefined) return reply.callNotFound() as unknown as FastifyReply;
    reply.header('cache-control', found.forever ? 'public, max-age=31536000, immutable' : 'no-cache');
    reply.header('vary', 'accept-encoding').type(found.type);
    const accepted = codingsOf(request.headers['accept-encoding']);
    for (const [coding] of CODINGS) {
      const coded = found.coded.get(coding);
      if (coded !== undefined && accepted.has(coding)) return reply.header('content-encoding', coding).send(coded);
    }
    return reply.send(found.bytes);
  };

  const links = new Map<string, string>();
  const page = async (code: string, reply: FastifyReply): Promise<FastifyReply> => {
    const document = all().get('/index.html')?.bytes.toString('utf8');
    reply.type('text/html; charset=utf-8');
    if (document === undefined) return reply.code(503).send(NOT_BUILT);
    const nonce = randomBytes(18).toString('base64');
    reply.headers({
      'content-security-policy': policy(nonce),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    });
    const told = links.get(code) ?? linksOf(built, `src/${code}/page.tsx`);
    links.set(code, told);
    return reply.send(document.replace('__NONCE__', nonce).replace('</head>', `${told}</head>`));
  };

  for (const [url, code] of Object.entries(PAGES)) server.get(url, (_request, reply) => page(code, reply));
  for (const url of ['/assets/:name', '/icon.svg', '/first.js']) server.get(url, file);
}

/**
 * Nothing but this origin's own files, and no inline code. Styles that are made while the page runs (CodeMirror's) carry the nonce. Scripts
 * cannot be made of strings: no part of the console has a Trusted Types policy.
 */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

function readBuilt(directory: string): ReadonlyMap<string, BuiltFile> {
  const files = new Map<string, BuiltFile>();
  let names: string[];
  try {
    names = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return files;
  }
  const present = new Set(names);
  for (const name of names) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = `/${relative(directory, name).split(sep).join('/')}`;
    const coded = CODINGS.filter(([, ending]) => present.has(name + ending)).map(
      ([coding, ending]) => [coding, readFileSync(name + ending)] as const,
    );
    files.set(path, { type, bytes: readFileSync(name), coded: new Map(coded), forever: path.startsWith('/assets/') });
  }
  return files;
}

/** Links to what the page needs beside what every page needs: so it comes at once, not when the first code has run. */
function linksOf(directory: string, source: string): string {
  let manifest: Readonly<Record<string, BuiltChunk>>;
  try {
    manifest = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as typeof manifest;
  } catch {
    return '';
  }
  const add = (name: string, to: Set<string>): Set<string> => {
    const chunk = manifest[name];
    if (chunk === undefined || to.has(chunk.file)) return to;
    for (const file of [chunk.file, ...(chunk.css ?? [])]) to.add(file);
    for (const next of chunk.imports ?? []) add(next, to);
    return to;
  };
  const everywhere = add('index.html', new Set());
  return [...add(source, new Set())]
    .filter((file) => !everywhere.has(file))
    .map((file) => `<link rel="${file.endsWith('.css') ? 'stylesheet' : 'modulepreload'}" crossorigin href="/${file}">`)
    .join('');
}

/** What Vite's manifest tells of a chunk. */
interface BuiltChunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}

/** The content codings that a client accepts (RFC 9110 section 12.5.3), of those there are. */
function codingsOf(header: string | string[] | undefined): ReadonlySet<string> {
  const accepted = new Set<string>();
  for (const item of String(header ?? '').split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) accepted.add(coding);
  }
  return accepted;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Dogwatch: the console is not built</title>
<h1>The console is not built</h1><p>This checkout of Dogwatch has no console yet. Run <code>npm run build:console</code> in it, then load this page again.</p>
<p>The API works all the same, and so do the commands.</p></html>
`;
