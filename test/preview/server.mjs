// A small server for the preview: the built page, the icons of @grafana/ui, the dashboards, and Prometheus below /api, so
// that the browser sees one origin. On its own: node server.mjs --prometheus URL --dashboards DIR [--listen 127.0.0.1:3001]
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const icons = path.join(here, 'node_modules/@grafana/ui/dist/public/img/icons');
const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.json': 'application/json', '.woff2': 'font/woff2', '.woff': 'font/woff',
};

/** The dashboards of a folder, or the one of a file, sorted by name. */
export async function listDashboards(source) {
  const isFolder = (await stat(source)).isDirectory();
  const files = isFolder ? (await readdir(source)).filter((f) => f.endsWith('.json')).sort() : [path.basename(source)];
  const folder = isFolder ? source : path.dirname(source);
  return Promise.all(
    files.map(async (file) => {
      const { uid, title } = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
      return { file, folder, uid: uid ?? path.basename(file, '.json'), title };
    })
  );
}

function proxy(request, response, prometheus) {
  const target = new URL(prometheus.replace(/\/$/, '') + request.url);
  const headers = { ...request.headers, host: target.host };
  const upstream = http.request(target, { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', (error) => {
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'error', error: `${prometheus}: ${error.message}` }));
  });
  request.pipe(upstream);
}

async function send(response, root, name) {
  const file = path.join(root, name);
  const found = file.startsWith(root + path.sep) && (await stat(file).catch(() => null));
  if (!found || !found.isFile()) {
    response.writeHead(404).end('not found');
    return;
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

/** A page with links to every dashboard in both themes. */
async function index(response, dashboards) {
  const items = (await listDashboards(dashboards)).map(({ file, title }) => {
    const link = (theme) => `<a href="/index.html?dashboard=/dashboards/${encodeURIComponent(file)}&theme=${theme}">${theme}</a>`;
    return `<li>${title.replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`)}: ${link('light')}, ${link('dark')}</li>`;
  });
  response.writeHead(200, { 'content-type': types['.html'] });
  response.end(`<!doctype html><title>Dashboards</title><h1>Dashboards</h1><ul>${items.join('')}</ul>`);
}

async function serve(request, response, { prometheus, dashboards }) {
  const name = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  if (name.startsWith('/api/')) {
    return proxy(request, response, prometheus);
  }
  if (name === '/') {
    return index(response, dashboards);
  }
  if (name.startsWith('/public/build/img/icons/')) {
    return send(response, icons, name.slice('/public/build/img/icons/'.length));
  }
  if (name.startsWith('/dashboards/')) {
    const folder = (await stat(dashboards)).isDirectory() ? dashboards : path.dirname(dashboards);
    return send(response, path.resolve(folder), name.slice('/dashboards/'.length));
  }
  return send(response, path.join(here, 'dist'), name.slice(1));
}

/** Starts to listen; port 0 takes a free one. Returns the server and its address. */
export async function startServer(options, listen = '127.0.0.1:0') {
  const [host, port] = listen.split(':');
  const server = http.createServer((request, response) => {
    serve(request, response, options).catch((error) => response.writeHead(500).end(error.message));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(Number(port), host, resolve));
  return { server, url: `http://${host}:${server.address().port}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
      dashboards: { type: 'string', default: path.join(here, '../../dashboards') },
      listen: { type: 'string', default: '127.0.0.1:3001' },
    },
  });
  const { url } = await startServer(values, values.listen);
  console.log(`dashboards: ${url}/`);
}
