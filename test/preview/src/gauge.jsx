// A plain gauge. @grafana/ui 13 does not export its own, so this shows where the value lies and its colour, no more.
import { formattedValueToString } from '@grafana/data';

const sweep = 240; // degrees, open at the bottom

function arc(cx, cy, r, from, to) {
  const point = (share) => {
    const angle = ((150 + sweep * share) * Math.PI) / 180;
    return `${cx + r * Math.cos(angle)} ${cy + r * Math.sin(angle)}`;
  };
  return `M ${point(from)} A ${r} ${r} 0 ${(to - from) * sweep > 180 ? 1 : 0} 1 ${point(to)}`;
}

export function GaugeArc({ value, width, height, theme, named }) {
  const { min = 0, max = 100 } = value.field;
  const numeric = value.display.numeric;
  const share = Number.isFinite(numeric) ? Math.min(1, Math.max(0, (numeric - min) / (max - min))) : 0;
  const room = named ? height - 20 : height;
  const r = Math.max(10, Math.min(width / 2, room / 1.55) - 12);
  const [cx, cy] = [width / 2, r + 14];
  const stroke = Math.max(6, r / 5);
  const path = (from, to, color) => <path d={arc(cx, cy, r, from, to)} fill="none" stroke={color} strokeWidth={stroke} />;
  return (
    <svg width={width} height={height}>
      {path(0, 1, theme.colors.background.secondary)}
      {share > 0 && path(0, share, value.display.color)}
      <text x={cx} y={cy + 8} textAnchor="middle" fontSize={Math.max(14, r / 2.4)} fill={value.display.color}>
        {formattedValueToString(value.display)}
      </text>
      {named && (
        <text x={cx} y={height - 4} textAnchor="middle" fontSize={13} fill={theme.colors.text.primary}>
          {value.display.title}
        </text>
      )}
    </svg>
  );
}
