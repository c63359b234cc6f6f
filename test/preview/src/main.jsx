// Entry point. Everything comes from the address:
//   ?dashboard=/dashboards/x.json &prometheus=BASE &theme=light|dark &from= &to= &scrape=15s &var-NAME=VALUE
// When all panels are loaded, window.__panels holds one entry per panel; see shoot.mjs.
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import '@fontsource/roboto-mono/400.css';
import './style.css';
import { ThemeContext, createTheme, rangeUtil } from '@grafana/data';
import { GlobalStyles, PortalContainer } from '@grafana/ui';
import { createRoot } from 'react-dom/client';
import { MemoryRouter } from 'react-router-dom';
import { Dashboard } from './dashboard.jsx';
import { linkScope } from './paneldata.js';
import { Prometheus } from './prometheus.js';
import { resolveVariables } from './resolve.js';
import { registerTransformers } from './transform.js';

function overridesOf(params) {
  const overrides = {};
  for (const name of new Set(params.keys())) {
    if (name.startsWith('var-')) {
      const values = params.getAll(name);
      overrides[name.slice('var-'.length)] = values.length > 1 ? values : values[0];
    }
  }
  return overrides;
}

async function annotationProblems(dashboard, variables) {
  const problems = [];
  for (const annotation of dashboard.annotations?.list ?? []) {
    const missing = new Set();
    variables.replace(annotation.expr ?? annotation.target?.expr ?? '', { __interval: { value: '1m' } }, 'raw', missing);
    missing.forEach((m) => problems.push({ name: annotation.name, message: `annotation uses ${m}` }));
  }
  return problems;
}

async function prepare(params) {
  registerTransformers();
  const response = await fetch(params.get('dashboard'));
  if (!response.ok) {
    throw new Error(`${params.get('dashboard')}: HTTP ${response.status}`);
  }
  const dashboard = await response.json();
  const raw = { from: params.get('from') ?? dashboard.time?.from ?? 'now-1h', to: params.get('to') ?? dashboard.time?.to ?? 'now' };
  const range = rangeUtil.convertRawToRange(raw);
  const prometheus = new Prometheus(params.get('prometheus') ?? '');
  const { variables, problems } = await resolveVariables(dashboard, prometheus, range, overridesOf(params));
  variables.builtin.__dashboard = { value: dashboard.title };
  problems.push(...(await annotationProblems(dashboard, variables)));
  const mode = params.get('theme') === 'light' ? 'light' : 'dark';
  const context = {
    prometheus, variables, range, timeZone: 'browser', linkScope: linkScope(raw),
    theme: createTheme({ colors: { mode } }), scrapeInterval: params.get('scrape') ?? '15s',
  };
  return { dashboard, context, problems };
}

function publish(dashboard, context, problems) {
  return (panels, layout) => {
    window.__dashboard = {
      uid: dashboard.uid, title: dashboard.title, problems, layout,
      variables: context.variables.list().map(({ name, type, value, isAll, options }) => ({ name, type, value, isAll, options })),
    };
    window.__panels = panels;
  };
}

async function start() {
  const root = createRoot(document.getElementById('root'));
  // Sizes are measured before the first paint, so the fonts must be there.
  await Promise.all(['400 14px Inter', '500 14px Inter', '400 14px "Roboto Mono"'].map((font) => document.fonts.load(font)));
  const { dashboard, context, problems } = await prepare(new URLSearchParams(location.search));
  document.title = dashboard.title;
  root.render(
    <ThemeContext.Provider value={context.theme}>
      <MemoryRouter>
        <GlobalStyles />
        {problems.map((p) => <div key={p.name} className="preview-warning">{p.name}: {p.message}</div>)}
        <Dashboard dashboard={dashboard} context={context} done={publish(dashboard, context, problems)} />
        <PortalContainer />
      </MemoryRouter>
    </ThemeContext.Provider>
  );
}

start().catch((error) => {
  document.body.textContent = String(error.stack ?? error);
  window.__failed = error.message;
});
