// The page: a header and the panels in their places.
import { useEffect, useState } from 'react';
import { Icon, PanelChrome } from '@grafana/ui';
import { box, collisions, flatten } from './layout.js';
import { loadPanel } from './paneldata.js';
import { Message, PanelBody, isDrawn } from './panels.jsx';

const margin = 16;

function Pill({ label, children }) {
  return (
    <span className="preview-pill">
      {label && <b>{label}</b>}
      <span>{children}</span>
    </span>
  );
}

function Header({ dashboard, context }) {
  const links = (dashboard.links ?? []).map((link) => ({
    ...link,
    text: context.variables.replace(link.title, {}, 'text') || (link.tags ?? []).join(', '),
  }));
  return (
    <header className="preview-header">
      <div className="preview-title">
        <h1>{dashboard.title}</h1>
        <span className="preview-range">
          <Icon name="clock-nine" /> {context.range.raw.from} to {context.range.raw.to} · refresh {dashboard.refresh || 'off'}
        </span>
      </div>
      <div>
        {context.variables.list().filter((v) => v.hide !== 2).map((v) => (
          <Pill key={v.name} label={v.hide === 1 ? '' : v.label}>
            {[].concat(v.text).join(' + ') || '(empty)'}
          </Pill>
        ))}
        {links.map((link) => (
          <span key={link.text} className="preview-link">
            <Icon name={link.asDropdown ? 'bars' : 'external-link-alt'} /> {link.text}
          </span>
        ))}
      </div>
    </header>
  );
}

function Row({ panel, context, place }) {
  return (
    <div className="preview-row" style={{ position: 'absolute', ...place }}>
      <Icon name="angle-down" /> {context.variables.replace(panel.title ?? '', {}, 'text')}
      {panel.collapsed && <span className="preview-aside">(collapsed in Grafana)</span>}
    </div>
  );
}

function Panel({ panel, place, context, report }) {
  const [result, setResult] = useState(null);
  useEffect(() => {
    loadPanel(panel, { ...context, width: place.width }).then((loaded) => {
      setResult(loaded);
      report(panel, loaded);
    });
  }, []);
  const title = context.variables.replace(panel.title ?? '', context.linkScope(context.range), 'text');
  const isTable = panel.type === 'table' && result?.state === 'ok';
  return (
    <div style={{ position: 'absolute', ...place }} data-panel={panel.id}>
      <PanelChrome
        width={place.width} height={place.height} title={title} description={panel.description}
        displayMode={panel.transparent ? 'transparent' : 'default'} padding={isTable ? 'none' : 'md'}
        hoverHeader={!title} statusMessage={result?.state === 'error' ? result.message : undefined}
        titleItems={panel.timeFrom ? <span className="preview-aside">Last {panel.timeFrom}</span> : undefined}
      >
        {(width, height) => <Content panel={panel} result={result} context={context} width={width} height={height} />}
      </PanelChrome>
    </div>
  );
}

function Content({ panel, result, context, width, height }) {
  if (!result) {
    return null;
  }
  if (result.state === 'error') {
    return <Message text={result.message} height={height} isError />;
  }
  // A stat says itself that it has nothing; the others leave it to the panel.
  const saysItself = ['stat', 'gauge', 'bargauge', 'text'].includes(panel.type);
  if (result.state === 'nodata' && !saysItself) {
    return <Message text={panel.fieldConfig?.defaults?.noValue || 'No data'} height={height} />;
  }
  return <PanelBody panel={panel} result={result} context={context} width={width} height={height} />;
}

/** What a script reads from window.__panels. */
function entry(panel, result) {
  const warnings = [...result.warnings];
  if (!isDrawn(panel.type)) {
    warnings.push(`the type ${panel.type} is not drawn`);
  }
  if (panel.repeat) {
    warnings.push(`the repetition by ${panel.repeat} is not carried out`);
  }
  if (panel.type === 'table' && result.frames.filter((f) => f.length > 0).length > 1) {
    warnings.push(`${result.frames.length} tables, of which Grafana shows one at a time`);
  }
  return {
    id: panel.id,
    title: panel.title ?? '',
    type: panel.type,
    state: result.state,
    message: result.message,
    rows: result.frames.reduce((sum, f) => sum + f.length, 0),
    frames: result.frames.length,
    queries: result.queries,
    links: result.links ?? [],
    warnings,
  };
}

/** Calls done with one entry per panel once all of them are loaded. */
export function Dashboard({ dashboard, context, done }) {
  const items = flatten(dashboard.panels);
  const [width] = useState(() => document.documentElement.clientWidth - 2 * margin);
  const [entries] = useState(() => new Map());
  const drawn = items.filter(({ panel }) => panel.type !== 'row');
  const report = (panel, result) => {
    entries.set(panel, entry(panel, result));
    if (entries.size === drawn.length) {
      done(drawn.map(({ panel: p }) => entries.get(p)), collisions(items));
    }
  };
  useEffect(() => {
    if (drawn.length === 0) {
      done([], []);
    }
  }, []);
  const height = Math.max(0, ...items.map(({ pos }) => pos.y + pos.h)) * 38;
  return (
    <main style={{ padding: margin }}>
      <Header dashboard={dashboard} context={context} />
      <div style={{ position: 'relative', width, height }}>
        {items.map(({ panel, pos }) => {
          const place = box(pos, width);
          return panel.type === 'row' ? (
            <Row key={`row-${panel.id}-${pos.y}`} panel={panel} context={context} place={place} />
          ) : (
            <Panel key={panel.id} panel={panel} place={place} context={context} report={report} />
          );
        })}
      </div>
    </main>
  );
}
