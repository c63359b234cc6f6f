// Grafana's grid: 24 columns, cells 30 pixels high, 8 pixels between them.
const cell = 30;
const gap = 8;

/** All panels with absolute rows. A collapsed row is opened, so that nothing stays unseen. */
export function flatten(panels) {
  const out = [];
  let shift = 0;
  const ordered = [...(panels ?? [])].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  for (const panel of ordered) {
    const y = panel.gridPos.y + shift;
    out.push({ panel, pos: { ...panel.gridPos, y, ...(panel.type === 'row' ? { x: 0, w: 24, h: 1 } : {}) } });
    if (panel.type === 'row' && panel.collapsed && panel.panels?.length) {
      const top = Math.min(...panel.panels.map((p) => p.gridPos.y));
      const bottom = Math.max(...panel.panels.map((p) => p.gridPos.y + p.gridPos.h));
      panel.panels.forEach((p) => out.push({ panel: p, pos: { ...p.gridPos, y: p.gridPos.y - top + y + 1 } }));
      shift += bottom - top;
    }
  }
  return out;
}

/** Pixels of a grid position on a page of that width. */
export function box(pos, width) {
  const column = (width - 23 * gap) / 24;
  return {
    left: Math.round(pos.x * (column + gap)),
    top: pos.y * (cell + gap),
    width: Math.round(pos.w * column + (pos.w - 1) * gap),
    height: pos.h * cell + (pos.h - 1) * gap,
  };
}

/** Pairs of panels that lie on top of each other or outside the grid, which Grafana would push apart. */
export function collisions(items) {
  const found = [];
  items.forEach(({ panel, pos }, i) => {
    if (pos.x + pos.w > 24) {
      found.push(`panel ${panel.id} reaches past column 24`);
    }
    for (const other of items.slice(i + 1)) {
      const apart =
        pos.x + pos.w <= other.pos.x || other.pos.x + other.pos.w <= pos.x ||
        pos.y + pos.h <= other.pos.y || other.pos.y + other.pos.h <= pos.y;
      if (!apart) {
        found.push(`panels ${panel.id} and ${other.panel.id} overlap`);
      }
    }
  });
  return found;
}
