/** Colours and fonts of a grid, as read from the theme. */
export interface GridPalette {
  /** 256 fill styles from nothing alike to the same. */
  readonly heat: readonly string[];
  /** The same as pixels of an ImageData, in the byte order of the machine. */
  readonly heatPixels: Uint32Array;
  /** Text on each of the 256 heat colours that can be read. */
  readonly heatText: readonly string[];
  readonly foreground: string;
  readonly faint: string;
  /** What lies behind the grid, opaque. */
  readonly background: string;
  readonly mark: string;
  /** The same as a pixel. */
  readonly markPixel: number;
  readonly markRing: string;
  readonly focus: string;
  /** Lines between cells; high contrast themes only. */
  readonly line: string | undefined;
  readonly hover: string;
  readonly font: string;
  readonly boldFont: string;
  readonly lineHeight: number;
}

/** Red, green, blue in 0..255. */
export type Rgb = readonly [number, number, number];

/** 256 colours through evenly spaced stops. */
export function heatScale(stops: readonly Rgb[]): Rgb[] {
  return Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    const share = at - low;
    const [from, to] = [stops[low], stops[low + 1]];
    return [0, 1, 2].map((k) => Math.round(from[k] + (to[k] - from[k]) * share)) as unknown as Rgb;
  });
}

/** WCAG relative luminance in 0..1. */
export function luminance([r, g, b]: Rgb): number {
  const linear = (value: number) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** Black or white, whichever stands out more from `colour`. */
export function readableOn(colour: Rgb): string {
  return luminance(colour) > 0.179 ? '#000000' : '#ffffff';
}

const HEAT_VARIABLES = [0, 1, 2, 3, 4].map((i) => `--vscode-semap-heat${i}`);

/** Where the system forces its colours, these stand for those of the theme; the rest is the colour of text. */
const FORCED: Readonly<Record<string, string>> = {
  '--vscode-sideBar-background': 'Canvas',
  '--vscode-semap-heat0': 'Canvas',
  '--vscode-semap-heat1': 'color-mix(in srgb, Canvas 80%, CanvasText)',
  '--vscode-semap-heat2': 'color-mix(in srgb, Canvas 65%, CanvasText)',
  '--vscode-semap-heat3': 'color-mix(in srgb, Canvas 50%, CanvasText)',
  '--vscode-semap-heat4': 'color-mix(in srgb, Canvas 35%, CanvasText)',
  '--vscode-semap-mapped': 'Highlight',
  '--vscode-focusBorder': 'Highlight',
  '--vscode-list-hoverBackground': 'Canvas',
};

/** The palette of the present theme. Every colour has an ordinary theme colour to fall back on. */
export function readPalette(): GridPalette {
  const style = getComputedStyle(document.body);
  // The system's own few colours: VS Code does not know them.
  const forced = matchMedia('(forced-colors: active)').matches;
  const colour = (...names: string[]): string => {
    if (forced) return FORCED[names[0]] ?? 'CanvasText';
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value !== '') return value;
    }
    return style.color;
  };
  const parse = colourParser();
  const behind = parse(colour('--vscode-sideBar-background', '--vscode-editor-background'), [0, 0, 0]);
  const heat = heatScale(HEAT_VARIABLES.map((name) => parse(colour(name), behind)));
  const size = Number.parseFloat(style.fontSize) || 13;
  const mark = colour('--vscode-semap-mapped', '--vscode-foreground');
  const pixels = (colours: readonly Rgb[]) =>
    new Uint32Array(Uint8Array.from(colours.flatMap((c) => [...c, 255])).buffer);
  return {
    heat: heat.map((c) => `rgb(${c.join(' ')})`),
    heatPixels: pixels(heat),
    heatText: heat.map(readableOn),
    foreground: colour('--vscode-foreground'),
    faint: colour('--vscode-descriptionForeground', '--vscode-foreground'),
    background: `rgb(${behind.join(' ')})`,
    mark,
    markPixel: pixels([parse(mark, behind)])[0],
    markRing: readableOn(parse(mark, behind)),
    line: forced ? 'CanvasText' : style.getPropertyValue('--vscode-contrastBorder').trim() || undefined,
    focus: colour('--vscode-focusBorder', '--vscode-contrastActiveBorder'),
    hover: colour('--vscode-list-hoverBackground', '--vscode-toolbar-hoverBackground'),
    font: `${size - 1}px ${style.fontFamily}`,
    boldFont: `600 ${size - 1}px ${style.fontFamily}`,
    lineHeight: Math.round(size * 1.4),
  };
}

/** Lets the browser read any CSS colour; transparency is laid over `behind`. */
function colourParser(): (css: string, behind: Rgb) => Rgb {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (css, behind) => {
    if (!context) return behind;
    context.fillStyle = `rgb(${behind.join(' ')})`;
    context.fillRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b];
  };
}
