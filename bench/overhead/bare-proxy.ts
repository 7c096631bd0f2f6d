// The yardstick: the shortest correct reverse proxy on node:http and undici. It identifies, judges and records nothing.
import { createServer } from 'node:http';
import { Pool } from 'undici';

const upstream = new Pool(process.argv[2]!, { connections: 512, pipelining: 1 });

const server = createServer((req, res) => {
  const headers: string[] = [];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i]!.toLowerCase();
    if (name !== 'host' && name !== 'connection' && name !== 'transfer-encoding')
      headers.push(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  }
  upstream.dispatch(
    { method: req.method as 'POST', path: req.url!, headers, body: req.method === 'GET' ? null : req },
    {
      onRequestStart() {},
      onResponseStart(_controller, status, answered) {
        delete answered.connection;
        res.writeHead(status, answered);
      },
      onResponseData(controller, chunk) {
        if (res.write(chunk)) return;
        controller.pause();
        res.once('drain', () => controller.resume());
      },
      onResponseEnd() {
        res.end();
      },
      onResponseError() {
        res.destroy();
      },
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
