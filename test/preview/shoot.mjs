// Takes a picture of every dashboard in both themes and says of every panel whether it is ok, without data or broken.
// Exits with 1 if anything is broken. See README.md.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { listDashboards, startServer } from './server.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

const { values: args } = parseArgs({
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    dashboards: { type: 'string', default: path.join(here, '../../dashboards') },
    out: { type: 'string', default: path.join(here, 'shots') },
    only: { type: 'string', multiple: true, default: [] },
    var: { type: 'string', multiple: true, default: [] },
    theme: { type: 'string', multiple: true, default: [] },
    from: { type: 'string' },
    to: { type: 'string' },
    width: { type: 'string', default: '1600' },
    scale: { type: 'string', default: '1' },
    scrape: { type: 'string', default: '15s' },
    'fail-on': { type: 'string', default: 'error' },
    timeout: { type: 'string', default: '60' },
    chromium: { type: 'string', default: process.env.CHROMIUM ?? '/usr/bin/chromium' },
  },
});

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--hide-scrollbars',
];

function address(base, file, theme) {
  const query = new URLSearchParams({ dashboard: `/dashboards/${file}`, theme, scrape: args.scrape });
  for (const name of ['from', 'to']) {
    if (args[name]) {
      query.set(name, args[name]);
    }
  }
  for (const assignment of args.var) {
    const [name, ...rest] = assignment.split('=');
    query.append(`var-${name}`, rest.join('='));
  }
  return `${base}/index.html?${query}`;
}

/** Loads one dashboard and waits until its panels are drawn; returns what the page says of itself. */
async function load(page, url) {
  const faults = [];
  const note = (error) => faults.push(error.message);
  page.on('pageerror', note);
  await page.goto(url);
  await page.waitForFunction(() => window.__panels || window.__failed, null, { timeout: Number(args.timeout) * 1000 });
  await page.waitForLoadState('networkidle');
  // React and uPlot draw in the frames after the data came.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150)))));
  page.off('pageerror', note);
  const state = await page.evaluate(() => ({ failed: window.__failed, dashboard: window.__dashboard, panels: window.__panels ?? [] }));
  return { ...state, faults };
}

/** The whole page is made visible before the picture: a table draws only the rows that are on the screen. */
async function shoot(page, file) {
  const height = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? document.body.scrollHeight);
  await page.setViewportSize({ width: Number(args.width), height: Math.min(Math.max(height + 8, 300), 16000) });
  await page.waitForTimeout(200);
  await page.screenshot({ path: file, fullPage: true });
}

const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text).padEnd(length);

function print(found, { failed, dashboard, panels, faults }) {
  console.log(`\n${found.uid}: ${found.title}`);
  if (dashboard) {
    const shown = dashboard.variables.map((v) => `${v.name}=${v.isAll ? `All (${v.options.length})` : v.value}`);
    console.log(`  ${shown.join('  ')}`);
  }
  for (const p of panels) {
    const ms = Math.max(0, ...p.queries.map((q) => q.ms ?? 0));
    console.log(`  ${p.state.padEnd(6)} ${String(p.id).padStart(3)} ${short(p.type, 10)} ${short(p.title, 52)} ${String(p.rows).padStart(5)} rows ${String(ms).padStart(5)} ms`);
    for (const line of [p.message, ...p.warnings].filter(Boolean)) {
      console.log(`           ${line}`);
    }
  }
  const problems = (dashboard?.problems ?? []).map((p) => `variable ${p.name}: ${p.message}`);
  const broken = [...problems, ...faults.map((f) => `script error: ${f}`), ...(failed ? [failed] : [])];
  [...broken, ...(dashboard?.layout ?? [])].forEach((line) => console.log(`  ${line}`));
  return broken.length;
}

async function visit(browser, url, found, theme) {
  const page = await browser.newPage({ viewport: { width: Number(args.width), height: 1000 }, deviceScaleFactor: Number(args.scale) });
  try {
    const state = await load(page, address(url, found.file, theme));
    await shoot(page, path.join(args.out, `${found.uid}-${theme}.png`));
    return state;
  } catch (error) {
    return { failed: error.message, panels: [], faults: [] };
  } finally {
    await page.close();
  }
}

function tally(results) {
  const count = { ok: 0, nodata: 0, error: 0 };
  results.forEach(({ panels }) => panels.forEach((p) => count[p.state]++));
  return count;
}

async function main() {
  await stat(path.join(here, 'dist/index.html')).catch(() => {
    throw new Error('not built yet: npm ci && npm run build');
  });
  await mkdir(args.out, { recursive: true });
  const dashboards = (await listDashboards(args.dashboards)).filter((d) => args.only.length === 0 || args.only.includes(d.uid));
  if (dashboards.length === 0) {
    throw new Error(`no dashboard in ${args.dashboards}${args.only.length ? ` with uid ${args.only}` : ''}`);
  }
  const { server, url } = await startServer(args);
  const browser = await chromium.launch({ executablePath: args.chromium, headless: true, args: flags });
  const results = [];
  let broken = 0;
  try {
    for (const found of dashboards) {
      for (const [i, theme] of (args.theme.length ? args.theme : ['light', 'dark']).entries()) {
        const state = await visit(browser, url, found, theme);
        if (i === 0) {
          results.push({ uid: found.uid, ...state });
          broken += print(found, state);
        } else {
          broken += state.faults.length + (state.failed ? 1 : 0);
        }
      }
    }
  } finally {
    await browser.close();
    server.close();
  }
  await writeFile(path.join(args.out, 'panels.json'), JSON.stringify(results, null, 1));
  const count = tally(results);
  console.log(`\n${dashboards.length} dashboards: ${count.ok} panels ok, ${count.nodata} without data, ${count.error} with errors, ${broken} other faults`);
  const strict = args['fail-on'] === 'nodata' ? count.nodata : 0;
  process.exitCode = count.error + broken + strict > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 2;
});
