// What chance alone makes of many correlations. Pure.

// Quantile of the normal distribution for p from 0.5 to below 1: Newton's steps on the series of its distribution function, which is concave
// there, so that they never go beyond.
export function normalQuantile(p: number): number {
  let x = 0;
  for (let i = 0; i < 60; ++i) {
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    let term = x, sum = x;
    for (let k = 1; k < 200 && term > 1e-16; ++k) term *= (x * x) / (2 * k + 1), sum += term;
    x += Math.min(1, (p - 0.5 - density * sum) / density);
  }
  return x;
}

// Rank correlation that the farthest of so many inputs goes beyond, up or down, in one of 20 cases when none of them matters (Bonferroni). Without
// ties it has mean 0 and deviation 1 / sqrt(n - 1); beyond 1: so few draws tell nothing.
export function byChance(inputs: number, draws: number): number {
  return normalQuantile(1 - 0.025 / Math.max(1, inputs)) / Math.sqrt(Math.max(1, draws - 1));
}
