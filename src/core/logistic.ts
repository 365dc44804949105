/** The share in (0, 1) of log-odds. */
export function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/**
 * Log-odds of a share.
 * @param least shares nearer to 0 or 1 count as this far from it: by chance alone nothing is certain
 */
export function logit(share: number, least: number): number {
  const inside = Math.min(1 - least, Math.max(least, share));
  return Math.log(inside / (1 - inside));
}
