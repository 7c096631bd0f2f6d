// Whether a URL's host is this machine itself.

/** Whether `hostname`, as `URL` normalises it, is loopback: 127.0.0.0/8, ::1 or localhost (RFC 6761 section 6.3). */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
