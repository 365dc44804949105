/** A share with six decimals, which is what records keep. */
export function rounded(share: number): number {
  return Number(share.toFixed(6));
}
