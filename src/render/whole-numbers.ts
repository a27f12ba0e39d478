// Folded text may hold fractions, and the data of pictures whole numbers only: what all of them are multiplied by.

export const MOST_FACTOR = 1e6;

/** `factor`, or the power of ten above it that makes `value` whole, too. */
export function raisedFactor(factor: number, value: number): number {
  if (Number.isInteger(value)) return factor;
  let raised = factor;
  while (raised < MOST_FACTOR && Math.abs(value * raised - Math.round(value * raised)) >= 1e-6) raised *= 10;
  return raised;
}
