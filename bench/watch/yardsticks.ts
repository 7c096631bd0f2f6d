// The simple methods that the series detector is measured beside. Each has its best setting of several, chosen on the very series it is scored on.

export interface Yardstick {
  readonly name: string;
  readonly alarms: (values: readonly number[]) => boolean[];
}

/** Points before which nothing is judged: a deviation needs something to deviate from. */
const WARM_UP = 20;

const meanAndSigma = (values: readonly number[]): [mean: number, sigma: number] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)];
};

/** The threshold knows the whole series beforehand, which no one has in practice. */
const whole: Yardstick = {
  name: 'static mean+3s, whole series',
  alarms(values) {
    const [mean, sigma] = meanAndSigma(values);
    return values.map((value) => value > mean + 3 * sigma);
  },
};

const expanding: Yardstick = {
  name: 'static mean+3s, of the past',
  alarms(values) {
    let [count, mean, squares] = [0, 0, 0];
    return values.map((value) => {
      const alarm = count >= WARM_UP && value > mean + 3 * Math.sqrt(squares / count);
      count++;
      const off = value - mean;
      mean += off / count;
      squares += off * (value - mean);
      return alarm;
    });
  },
};

const ewma = (weight: number): Yardstick => ({
  name: `EWMA 3s, weight ${weight}`,
  alarms(values) {
    let [mean, variance] = [values[0] ?? 0, 0];
    return values.map((value, at) => {
      const off = value - mean;
      const alarm = at >= WARM_UP && Math.abs(off) > 3 * Math.sqrt(variance);
      mean += weight * off;
      variance = (1 - weight) * (variance + weight * off * off);
      return alarm;
    });
  },
});

const median = (sorted: Float64Array): number => {
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const robustZ = (window: number): Yardstick => ({
  name: `robust z>3, window ${window}`,
  alarms: (values) =>
    values.map((value, at) => {
      if (at < WARM_UP) return false;
      const past = Float64Array.from(values.slice(Math.max(0, at - window), at)).sort();
      const middle = median(past);
      const spread = 1.4826 * median(past.map((one) => Math.abs(one - middle)).sort());
      return Math.abs(value - middle) > 3 * spread;
    }),
});

/** By family: of each, the setting with the best F1 is shown. */
export const yardsticks: readonly (readonly Yardstick[])[] = [
  [whole],
  [expanding],
  [0.01, 0.03, 0.1, 0.3].map(ewma),
  [48, 168, 720].map(robustZ),
];
