import type { Resampling } from '../../../../src/core/images/resampleWeights.ts';

/** Five pixels, red, green and blue. */
export const ROW = [0, 10, 255, 255, 20, 0, 0, 30, 255, 255, 40, 0, 9, 50, 90];

/** What others make of `ROW`. */
export const RESIZED_ROWS: readonly {
  readonly by: string;
  readonly how: Resampling;
  readonly width: number;
  readonly row: string;
}[] = [
  { by: 'Pillow 9.4', how: { filter: 'nearest' }, width: 2, row: '255 20 0 255 40 0' },
  { by: 'Pillow 9.4', how: { filter: 'nearest' }, width: 3, row: '0 10 255 0 30 255 9 50 90' },
  {
    by: 'Pillow 9.4',
    how: { filter: 'nearest' },
    width: 8,
    row: '0 10 255 0 10 255 255 20 0 0 30 255 0 30 255 255 40 0 9 50 90 9 50 90',
  },
  { by: 'Pillow 9.4', how: { filter: 'box' }, width: 2, row: '85 20 170 132 45 45' },
  { by: 'Pillow 9.4', how: { filter: 'box' }, width: 3, row: '128 15 128 0 30 255 132 45 45' },
  {
    by: 'Pillow 9.4',
    how: { filter: 'box' },
    width: 8,
    row: '0 10 255 0 10 255 255 20 0 0 30 255 0 30 255 255 40 0 9 50 90 9 50 90',
  },
  { by: 'Pillow 9.4', how: { filter: 'hamming' }, width: 2, row: '123 18 132 126 42 75' },
  { by: 'Pillow 9.4', how: { filter: 'hamming' }, width: 3, row: '96 14 159 73 30 182 102 46 56' },
  {
    by: 'Pillow 9.4',
    how: { filter: 'hamming' },
    width: 8,
    row: '0 10 255 91 14 164 253 20 2 36 29 219 36 31 219 253 40 2 97 46 58 9 50 90',
  },
  { by: 'Pillow 9.4', how: { filter: 'lanczos' }, width: 2, row: '114 18 150 118 42 82' },
  { by: 'Pillow 9.4', how: { filter: 'lanczos' }, width: 3, row: '101 13 152 140 30 125 106 47 57' },
  {
    by: 'Pillow 9.4',
    how: { filter: 'lanczos' },
    width: 8,
    row: '0 9 255 125 13 130 253 21 2 54 27 196 53 33 216 252 39 10 130 47 28 0 51 107',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'nearest', antialias: false, rounded: false },
    width: 3,
    row: '0 10 255 255 20 0 255 40 0',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'nearest', antialias: false, rounded: false },
    width: 8,
    row: '0 10 255 0 10 255 255 20 0 255 20 0 0 30 255 255 40 0 255 40 0 9 50 90',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'box', antialias: false, rounded: false },
    width: 3,
    row: '102 14 153 102 30 153 107.4 46 54',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'box', antialias: false, rounded: false },
    width: 8,
    row: '0 10 255 102 14 153 255 20 0 51 28 204 51 32 204 255 40 0 107.4 46 54 9 50 90',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'bilinear', antialias: false, rounded: false },
    width: 3,
    row: '85 13.33 170 0 30 255 91 46.67 60',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'bilinear', antialias: false, rounded: false },
    width: 8,
    row: '0 10 255 111.56 14.38 143.44 239.06 20.62 15.94 79.69 26.88 175.31 79.69 33.12 175.31 239.06 39.38 15.94 116.62 45.62 50.62 9 50 90',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'bicubic', antialias: false, rounded: false },
    width: 3,
    row: '94.44 12.59 160.56 0 30 255 100.61 47.41 47.5',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'bicubic', antialias: false, rounded: false },
    width: 8,
    row: '-23.67 9.07 278.67 130.19 13.49 124.81 252.14 20.88 2.86 59.14 26.47 195.86 58.69 33.53 204.17 251.77 39.12 9.66 135.32 46.51 30.73 -13.84 50.93 98.36',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'lanczos', antialias: false, rounded: false },
    width: 3,
    row: '111.32 12.51 144.73 -0 30 255 117.61 47.49 29.48',
  },
  {
    by: 'OpenCV 4.6',
    how: { filter: 'lanczos', antialias: false, rounded: false },
    width: 8,
    row: '-36.04 9.25 291.04 150.47 13.52 106.17 247.93 20.77 6.05 51 27.18 196.94 49.87 32.82 217.72 247.52 39.23 13.56 155.73 46.48 9.89 -26.19 50.75 110.39',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bilinear', rounded: false },
    width: 3,
    row: '109.29 14.29 145.71 113.33 30 141.67 114.43 45.71 51.43',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bilinear', rounded: false, antialias: false },
    width: 3,
    row: '85 13.33 170 0 30 255 91 46.67 60',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bilinear', rounded: false },
    width: 8,
    row: '0 10 255 111.56 14.38 143.44 239.06 20.62 15.94 79.69 26.88 175.31 79.69 33.12 175.31 239.06 39.38 15.94 116.62 45.62 50.62 9 50 90',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bilinear', rounded: false, antialias: false },
    width: 8,
    row: '0 10 255 111.56 14.38 143.44 239.06 20.62 15.94 79.69 26.88 175.31 79.69 33.12 175.31 239.06 39.38 15.94 116.62 45.62 50.62 9 50 90',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bicubic', rounded: false },
    width: 3,
    row: '105.92 13.54 149.08 125.39 30 135.42 111.18 46.46 52.62',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bicubic', rounded: false, antialias: false },
    width: 3,
    row: '94.44 12.59 160.56 0 30 255 100.61 47.41 47.5',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bicubic', rounded: false },
    width: 8,
    row: '-18.35 9.28 273.35 113.51 13.44 141.49 252.14 20.62 2.86 59.14 26.88 195.86 58.84 33.12 201.4 251.89 39.38 7.4 118.96 46.56 41.63 -8.7 50.72 96.48',
  },
  {
    by: 'torch 1.13',
    how: { filter: 'bicubic', rounded: false, antialias: false },
    width: 8,
    row: '-23.67 9.07 278.67 130.19 13.49 124.81 252.14 20.88 2.86 59.14 26.47 195.86 58.69 33.53 204.17 251.77 39.12 9.66 135.32 46.51 30.73 -13.84 50.93 98.36',
  },
];
