// A plain server in Datadog's place: 6.7 KB of JSON to every POST, 1 GiB to GET /api/v1/large. Prints its port.
import { createServer } from 'node:http';
import { responseBody } from './sample.ts';

const bodies = Array.from({ length: 512 }, () => Buffer.from(responseBody()));
const piece = Buffer.alloc(64 * 1024, 'Long bodies go chunk by chunk, in constant memory. ');
let next = 0;

const server = createServer((req, res) => {
  if (req.method === 'GET') {
    const total = 1024 * 1024 * 1024;
    let sent = 0;
    res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': total });
    const more = (): void => {
      while (sent < total) {
        sent += piece.length;
        if (!res.write(piece)) return void res.once('drain', more);
      }
      res.end();
    };
    more();
    return;
  }
  req.resume().on('end', () => {
    const body = bodies[next++ % bodies.length]!;
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    res.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
