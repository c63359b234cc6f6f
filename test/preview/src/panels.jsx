// The panels' insides, drawn with @grafana/ui. What it does not export (gauge) is drawn here, simply.
import {
  FieldType, VizOrientation, cacheFieldDisplayNames, formattedValueToString, getDisplayValueAlignmentFactors, getFieldDisplayValues,
  renderTextPanelMarkdown,
} from '@grafana/data';
import { useMemo } from 'react';
import { BarGauge, BigValue, TimeSeries, TooltipPlugin, VizRepeater } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { GaugeArc } from './gauge.jsx';

/** Draws one panel's content; result is what loadPanel returned. */
export function PanelBody({ panel, result, context, width, height }) {
  const Body = bodies[panel.type] ?? FallbackBody;
  return <Body panel={panel} result={result} context={context} width={width} height={height} />;
}

/** Types that are drawn as in Grafana; of the others only the data can be seen. */
export const isDrawn = (type) => type in bodies;

export function Message({ text, height, isError }) {
  const style = { height, display: 'flex', alignItems: 'center', justifyContent: 'center', textAlign: 'center', padding: 8, overflow: 'hidden' };
  return <div style={style} className={isError ? 'preview-error' : 'preview-nodata'}>{text}</div>;
}

function TimeSeriesBody({ panel, result, context, width, height }) {
  const legend = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [], ...panel.options?.legend };
  const frames = result.frames.filter(
    (f) => f.length > 0 && f.fields.some((x) => x.type === FieldType.time) && f.fields.some((x) => x.type === FieldType.number)
  );
  if (frames.length === 0) {
    return <Message text="Data is missing a time field" height={height} isError />;
  }
  const tooltip = panel.options?.tooltip ?? {};
  return (
    <TimeSeries
      frames={frames} width={width} height={height} timeRange={result.range} timeZone={context.timeZone}
      legend={legend} options={panel.options ?? {}}
    >
      {(config, aligned) => (
        <TooltipPlugin config={config} data={aligned} frames={frames} timeZone={context.timeZone} mode={tooltip.mode} sortOrder={tooltip.sort} />
      )}
    </TimeSeries>
  );
}

function displayValues({ panel, result, context }, sparkline) {
  const reduceOptions = { values: false, calcs: ['lastNotNull'], fields: '', ...panel.options?.reduceOptions };
  return getFieldDisplayValues({
    data: result.frames,
    fieldConfig: result.fieldConfig,
    reduceOptions,
    replaceVariables: result.replace,
    theme: context.theme,
    timeZone: context.timeZone,
    sparkline,
    percentChange: panel.options?.showPercentChange,
  });
}

/** A link around a value, where its field has one. */
function Linked({ value, children }) {
  const links = value.hasLinks && value.getLinks ? value.getLinks() : [];
  if (links.length === 0) {
    return children;
  }
  return <a href={links[0].href} title={links.map((l) => l.title).join(', ')} style={{ display: 'block' }}>{children}</a>;
}

function StatBody(props) {
  const { panel, result, context, width, height } = props;
  const options = {
    colorMode: 'value', graphMode: 'area', justifyMode: 'auto', textMode: 'auto', orientation: VizOrientation.Auto,
    wideLayout: true, ...panel.options,
  };
  const named = options.textMode === 'auto' && (result.fieldConfig.defaults.displayName || !panel.title);
  const render = ({ value, alignmentFactors, width: w, height: h, count }) => {
    const sparkline = value.sparkline ? { ...value.sparkline, timeRange: result.range } : undefined;
    return (
      <Linked value={value}>
        <BigValue
          value={value.display} count={count} sparkline={sparkline} colorMode={options.colorMode}
          graphMode={options.graphMode} justifyMode={options.justifyMode} textMode={named ? 'value_and_name' : options.textMode}
          alignmentFactors={alignmentFactors} text={options.text} width={w} height={h} theme={context.theme}
          hasLinks={value.hasLinks} percentChangeColorMode={options.percentChangeColorMode} disableWideLayout={!options.wideLayout}
        />
      </Linked>
    );
  };
  return (
    <VizRepeater
      getValues={() => displayValues(props, options.graphMode !== 'none')}
      getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={render} width={width} height={height}
      source={result} itemSpacing={3} renderCounter={0} autoGrid orientation={options.orientation}
    />
  );
}

/** The processor that colours the cells of an "lcd" bar. */
function processorOf(value) {
  return value.view && typeof value.colIndex === 'number' ? value.view.getFieldDisplayProcessor(value.colIndex) : undefined;
}

function BarGaugeBody(props) {
  const { panel, result, context, width, height } = props;
  const options = {
    displayMode: 'gradient', orientation: VizOrientation.Auto, showUnfilled: true, valueMode: 'color', namePlacement: 'auto',
    minVizWidth: 8, minVizHeight: 16, maxVizHeight: 300, sizing: 'auto', ...panel.options,
  };
  const manual = options.sizing === 'manual';
  const render = ({ value, alignmentFactors, orientation, width: w, height: h, count }) => {
    const display = count === 1 && !value.field.displayName ? { ...value.display, title: undefined } : value.display;
    return (
      <Linked value={value}>
        <BarGauge
          value={display} field={value.field} display={processorOf(value)} orientation={orientation} width={w} height={h}
          text={options.text} theme={context.theme} itemSpacing={options.displayMode === 'lcd' ? 2 : 10}
          displayMode={options.displayMode} alignmentFactors={count > 1 ? alignmentFactors : undefined}
          showUnfilled={options.showUnfilled} valueDisplayMode={options.valueMode} namePlacement={options.namePlacement}
        />
      </Linked>
    );
  };
  return (
    <VizRepeater
      getValues={() => displayValues(props, false)} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={render}
      width={width} height={height} source={result} renderCounter={0} orientation={options.orientation} itemSpacing={10}
      minVizWidth={manual ? options.minVizWidth : 8} minVizHeight={manual ? options.minVizHeight : 16}
      maxVizHeight={manual ? options.maxVizHeight : 300}
    />
  );
}

function GaugeBody(props) {
  const { panel, result, context, width, height } = props;
  const render = ({ value, width: w, height: h, count }) => (
    <GaugeArc value={value} width={w} height={h} theme={context.theme} named={count > 1 || Boolean(value.field.displayName)} />
  );
  return (
    <VizRepeater
      getValues={() => displayValues(props, false)} renderValue={render} width={width} height={height} source={result}
      renderCounter={0} autoGrid orientation={panel.options?.orientation ?? VizOrientation.Auto} itemSpacing={8}
    />
  );
}

function TableBody({ panel, result, width, height }) {
  const options = { showHeader: true, cellHeight: 'sm', frameIndex: 0, ...panel.options };
  const frame = result.frames[options.frameIndex] ?? result.frames[0];
  useMemo(() => cacheFieldDisplayNames(result.frames), [result]); // the table reads names only from there
  return (
    <TableNG
      data={frame} width={width} height={height} noHeader={!options.showHeader} cellHeight={options.cellHeight}
      showTypeIcons={options.showTypeIcons} sortBy={options.sortBy} enablePagination={options.enablePagination}
      frozenColumns={options.frozenColumns?.left} resizable timeRange={result.range} fieldConfig={result.fieldConfig}
      getActions={() => []} initialRowIndex={undefined} structureRev={1} maxRowHeight={options.maxRowHeight}
      disableSanitizeHtml={false} onColumnResize={() => {}} onSortByChange={() => {}}
    />
  );
}

function TextBody({ panel, context, height }) {
  const content = context.variables.replace(panel.options?.content ?? '', context.linkScope(context.range));
  if (panel.options?.mode === 'code') {
    return <pre style={{ height, overflow: 'auto' }}>{content}</pre>;
  }
  const html = renderTextPanelMarkdown(content);
  return <div className="markdown-html" style={{ height, overflow: 'auto' }} dangerouslySetInnerHTML={{ __html: html }} />;
}

/** For a type that is not published: the latest values as text, so that at least the data can be judged. */
function FallbackBody({ panel, result, height }) {
  const lines = result.frames.flatMap((frame) =>
    frame.fields.filter((f) => f.type !== FieldType.time).map((f) => {
      const last = f.values[f.values.length - 1];
      return `${f.config.displayNameFromDS ?? f.name}: ${f.display ? formattedValueToString(f.display(last)) : last}`;
    })
  );
  return (
    <div style={{ height, overflow: 'hidden' }}>
      <em>The preview cannot draw the type “{panel.type}”. Its data:</em>
      <pre style={{ fontSize: 11 }}>{lines.slice(0, 40).join('\n')}</pre>
    </div>
  );
}

const bodies = {
  timeseries: TimeSeriesBody,
  stat: StatBody,
  bargauge: BarGaugeBody,
  gauge: GaugeBody,
  table: TableBody,
  text: TextBody,
};
