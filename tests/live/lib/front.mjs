// What stands between clients and one or more instances of the program: one address, a choice of instance, and a record of all that
// passed.
import http from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';

/**
 * Answers are passed on as they come, and recorded as a whole: `traffic` holds them in the order of the requests.
 *
 * @param {object} t it ends with this test
 * @returns `origin` and `endpoint` of whatever `to` names: an instance's origin, or a function that names one for each path
 */
export async function startFront(t) {
  const traffic = [];
  let choose;
  const server = http.createServer({ maxHeaderSize: 1 << 16 }, async (request, response) => {
    const body = await buffer(request);
    const target = new URL(choose(new URL(request.url, 'http://front').pathname));
    const entry = { method: request.method, url: request.url, headers: request.headers, body: body.toString(), instance: target.origin, answered: '' };
    traffic.push(entry);
    const onward = http.request({ host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers, setHost: false });
    onward.on('response', (answer) => {
      Object.assign(entry, { status: answer.statusCode, answerHeaders: answer.headers });
      response.writeHead(answer.statusCode, answer.rawHeaders);
      response.flushHeaders();
      answer.on('data', (part) => { entry.answered += part; });
      answer.pipe(response);
    });
    onward.on('error', (error) => {
      if (response.headersSent) return response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain' }).end(`the front got no answer: ${error.message}`);
    });
    onward.end(body);
    response.on('close', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => { server.close(); server.closeAllConnections(); });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, endpoint: `${origin}/mcp`, traffic, to: (target) => { choose = typeof target === 'function' ? target : () => target; } };
}
