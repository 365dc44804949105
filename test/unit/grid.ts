/** The rows of a small matrix as it is written on paper: `grid('1 2 3 / 4 5 6')`. */
export const grid = (text: string): number[][] =>
  text.split('/').map((row) => row.trim().split(' ').map(Number));
