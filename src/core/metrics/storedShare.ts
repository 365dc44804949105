/**
 * A share in [0, 1] as documents keep it: short, and with digits enough that a percentage with one decimal is the same
 * before and after (70 of 85 are 82.4%; of .8235 they would be 82.3%).
 */
export function storedShare(share: number): number {
  return Number(share.toFixed(6));
}
