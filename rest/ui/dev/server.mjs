import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
const target = new URL(process.env.KIRIN_URL);
const root = join(fileURLToPath(new URL('..', import.meta.url)), 'dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const schedules = new Map();
createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (!url.pathname.startsWith('/kylin/') && !url.pathname.startsWith('/api')) {
    let file = join(root, normalize(url.pathname));
    const isFile = existsSync(file) && statSync(file).isFile();
    if (!isFile && url.pathname.startsWith('/assets/')) return response.writeHead(404).end();
    if (!isFile) file = join(root, 'index.html');
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY });
    return createReadStream(file).pipe(response);
  }
  const path = url.pathname.replace('/kylin/api', '');
  const cube = /^\/cubes\/([^/]+)\/schedule(\/\w+)?$/.exec(path);
  if (process.env.STAND && (cube || path === '/schedules')) {
    const chunks = []; for await (const c of request) chunks.push(c);
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : {};
    const name = cube && decodeURIComponent(cube[1]);
    if (cube) {
      if (request.method === 'DELETE') schedules.delete(name);
      else if (cube[2]) { const s = schedules.get(name); s.paused = cube[2] === '/pause'; }
      else if (request.method === 'PUT') schedules.set(name, { cube: name, paused: false, next_run: Date.now() + 240_000, why: 'every 3 h, the last run was at 12:00', last_run: 0, last_outcome: null, last_job: null, last_message: null, ...body });
    }
    return response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(cube ? schedules.get(name) ?? {} : [...schedules.values()]));
  }
  const through = ask({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers: { ...request.headers, host: target.host, ...(request.headers.origin && { origin: target.origin }) } }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  through.on('error', () => response.headersSent ? response.destroy() : response.writeHead(503).end('{}'));
  response.on('close', () => through.destroy());
  request.pipe(through);
}).listen(Number(process.env.PORT ?? 7172), '127.0.0.1');
