// The file in a multipart/form-data body (RFC 7578): the sandbox's uploads hold one.

/** The content of the field's part; undefined where there is none, or the body is not of that form. */
export function fileIn(raw: Buffer, contentType: string, field: string): Buffer | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return undefined;
  const dash = Buffer.from(`--${boundary}`);
  for (let from = raw.indexOf(dash); from >= 0; ) {
    const start = from + dash.length;
    const end = raw.indexOf(dash, start);
    if (end < 0) return undefined;
    const head = raw.indexOf('\r\n\r\n', start);
    if (head >= 0 && head < end) {
      const headers = raw.toString('utf8', start, head);
      // The line break before a boundary belongs to the boundary.
      if (headers.includes(`name="${field}"`)) return raw.subarray(head + 4, end - 2);
    }
    from = end;
  }
  return undefined;
}
