// The redirect URI of a native client: a loopback listener that waits for one authorization response.
import http from 'node:http';
import { once } from 'node:events';

export async function listenForCallback() {
  let arrive;
  const arrived = new Promise((resolve) => { arrive = resolve; });
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (url.pathname !== '/callback') return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><link rel=icon href=data:,><title>Signed in</title><p>You can close this window.');
    arrive(url.searchParams);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/callback`,
    arrived,
    close: () => { server.close(); server.closeAllConnections(); },
  };
}
