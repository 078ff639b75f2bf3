// A loopback proxy that signs requests in: for programs that cannot be given a token.
import http from 'node:http';
import { once } from 'node:events';

/**
 * Passes everything on to `endpoint` as it came, `Host` and `Origin` too, with `Authorization` added where it is missing.
 * Answers are passed on as they come, event by event. When the client goes away, so does the request behind it.
 *
 * @returns {Promise<string>} the endpoint, behind the proxy; it ends with the test `t`
 */
export async function startBearerProxy(t, endpoint, token) {
  const target = new URL(endpoint);
  const server = http.createServer((request, response) => {
    const headers = { authorization: `Bearer ${token}`, ...request.headers };
    const onward = http.request({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers, setHost: false });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    onward.on('error', (error) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain' }).end(`the proxy got no answer: ${error.message}`);
    });
    request.pipe(onward);
    response.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${server.address().port}${target.pathname}`;
}
