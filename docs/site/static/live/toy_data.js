// Points in the plane, as kerasgan/explaining/toy_data.py makes them, and the count of the ring's modes.
"use strict";
globalThis.kerasgan ??= {};

kerasgan.RING_MODES = 8;

{
  const DEVIATION = 0.02; // of each Gaussian, on a ring of radius 1
  const MAX_DEVIATIONS = 4; // from a mode's centre, for a point to belong to it
  const MIN_SHARE = 0.02; // of all points: a mode with a smaller one counts as missed

  const centre = (mode) => {
    const angle = (2 * Math.PI * mode) / kerasgan.RING_MODES;
    return [Math.cos(angle), Math.sin(angle)];
  };

  const POINT = {
    ring: (random) => centre(random.below(kerasgan.RING_MODES)),
    swiss_roll(random) {
      const angle = 4 * Math.PI * Math.sqrt(1 / 16 + (15 / 16) * random.uniform());
      return [Math.cos(angle), Math.sin(angle)].map((x) => (x * angle) / (4 * Math.PI));
    },
    line: (random) => [2.4 * random.uniform() - 1.2, 0.6],
  };

  kerasgan.DATA = Object.keys(POINT);

  /** [count, 2] points, one row after the other. */
  kerasgan.realPoints = (data, count, random) => {
    const points = new Float64Array(2 * count);
    for (let n = 0; n < points.length; n += 2) {
      points.set(POINT[data](random), n);
      points[n] += DEVIATION * random.normal();
      points[n + 1] += DEVIATION * random.normal();
    }
    return points;
  };

  /** How many of the ring's modes points [n, 2] cover, and the share of the points near any. */
  kerasgan.countModes = (points) => {
    const counts = new Array(kerasgan.RING_MODES).fill(0), total = points.length / 2;
    for (let n = 0; n < points.length; n += 2) {
      for (let mode = 0; mode < counts.length; mode++) {
        const [x, y] = centre(mode);
        if (Math.hypot(points[n] - x, points[n + 1] - y) <= MAX_DEVIATIONS * DEVIATION) counts[mode]++;
      }
    }
    return {
      found: counts.filter((count) => count / total >= MIN_SHARE).length,
      near: counts.reduce((sum, count) => sum + count) / total,
    };
  };
}
