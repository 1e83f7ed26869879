// Geometry of latents. Great circles are those of kerasgan/model/latents.py: on a straight line the
// generator would leave the shell on which it was trained (White 2016, "Sampling Generative Networks").

const norm = (vector) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
const combine = (a, b, weightA, weightB) => a.map((x, i) => weightA * x + weightB * b[i]);

/** The angle between two latents in radians, also where it is near 0 or pi. */
export function angleBetween(start, end) {
  const lengthA = norm(start) || 1, lengthB = norm(end) || 1;
  const apart = norm(combine(start, end, 1 / lengthA, -1 / lengthB));
  const together = norm(combine(start, end, 1 / lengthA, 1 / lengthB));
  return 2 * Math.atan2(apart, together);
}

/** The point between two latents at a position from 0 to 1 of the arc that joins them. */
export function greatCircle(start, end, position) {
  const angle = angleBetween(start, end), sine = Math.sin(angle);
  if (sine < 1e-6) return combine(start, end, 1 - position, position);
  const lengthA = norm(start), lengthB = norm(end);
  const length = (1 - position) * lengthA + position * lengthB;
  return combine(
    start, end,
    (length * Math.sin((1 - position) * angle)) / (sine * lengthA),
    (length * Math.sin(position * angle)) / (sine * lengthB),
  );
}

/** The latents at a position from 0 to 1 of a walk that turns at an even speed through stations. */
export function walkAt(stations, position, loop) {
  const path = loop ? [...stations, stations[0]] : stations;
  const angles = path.slice(1).map((end, leg) => angleBetween(path[leg], end));
  let way = position * angles.reduce((sum, angle) => sum + angle, 0), leg = 0;
  while (leg < angles.length - 1 && way >= angles[leg]) way -= angles[leg++];
  return greatCircle(path[leg], path[leg + 1], angles[leg] ? Math.min(way / angles[leg], 1) : 0);
}

/** The length of a walk in radians. */
export function walkLength(stations, loop) {
  const path = loop ? [...stations, stations[0]] : stations;
  return path.slice(1).reduce((sum, end, leg) => sum + angleBetween(path[leg], end), 0);
}

/** A point of the sheet between four latents: upper left, upper right, lower left, lower right. */
export function sheetAt(corners, x, y) {
  const left = greatCircle(corners[0], corners[2], y);
  const right = greatCircle(corners[1], corners[3], y);
  return greatCircle(left, right, x);
}

/** a - b + c. */
export const analogy = (a, b, c) => a.map((x, i) => x - b[i] + c[i]);

/** Latents times a number. */
export const scaled = (latents, factor) => latents.map((x) => factor * x);

/** Latents plus a multiple of a vector. */
export const moved = (latents, vector, by) => combine(latents, vector, 1, by);
