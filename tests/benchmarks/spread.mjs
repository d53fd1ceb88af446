/** The median of some values, the least and the most. @param {number[]} values */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2, least: sorted[0], most: sorted[sorted.length - 1] };
}
