import type { LabelCutter } from './cutLabels.ts';
import type { DrawingContext, GridFrame } from './frame.ts';
import { groupHeaders } from './groups.ts';
import { columnLeft, LABEL_LEFT, rowTop } from './layout.ts';

/** Names of groups over their rows or columns, and lines between the groups. */
export function drawGroups(context: DrawingContext, frame: GridFrame, cut: LabelCutter): void {
  const { scene, layout, palette, scroll, active, hovered } = frame;
  const { groups } = layout;
  if (!groups) return;
  const ofRows = groups.of === 'rows';
  const names = ofRows ? scene.rows : scene.columns;
  const line = palette.line ?? palette.faint;
  context.save();
  context.beginPath();
  if (ofRows) context.rect(0, layout.headerHeight, layout.width, layout.height);
  else context.rect(layout.headerWidth, 0, layout.width, layout.height);
  context.clip();
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const { index, box } of groupHeaders(layout, scroll)) {
    const isHere = (place: GridFrame['active']) =>
      (ofRows ? place?.row : place?.row === -1 ? place.column : undefined) === index;
    context.fillStyle = palette.background;
    context.fillRect(box.x, box.y, box.width, box.height);
    if (isHere(hovered)) {
      context.fillStyle = palette.hover;
      context.fillRect(box.x, box.y, box.width, box.height);
    }
    const left = ofRows ? LABEL_LEFT : 4;
    context.font = palette.boldFont;
    context.fillStyle = isHere(active) || isHere(hovered) ? palette.foreground : palette.faint;
    context.fillText(
      cut(context, names[index], Math.max(8, box.width - left - 4)),
      box.x + left,
      box.y + box.height / 2,
    );
    context.globalAlpha = 0.5;
    context.lineWidth = 1;
    context.strokeStyle = line;
    context.beginPath();
    if (ofRows) {
      context.moveTo(0, box.y + box.height - 0.5);
      context.lineTo(layout.width, box.y + box.height - 0.5);
    } else {
      const middle = Math.round(columnLeft(layout, scroll, index) + layout.cellWidth / 2) + 0.5;
      if (middle >= layout.headerWidth) {
        context.moveTo(middle, box.height);
        context.lineTo(middle, Math.min(layout.height, rowTop(layout, scroll, layout.rows)));
      }
      context.moveTo(box.x + 2, box.height - 0.5);
      context.lineTo(box.x + box.width - 2, box.height - 0.5);
    }
    context.stroke();
    context.globalAlpha = 1;
  }
  context.restore();
}
