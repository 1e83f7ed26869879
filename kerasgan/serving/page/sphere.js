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

/**
 * The point between two points, at a position from 0 to 1. A point is what a picture is painted from:
 * `latents`, which go along a great circle, and `conditions`, which go in a straight line.
 */
export function between(start, end, position) {
  return {
    latents: greatCircle(start.latents, end.latents, position),
    conditions: combine(start.conditions, end.conditions, 1 - position, position),
  };
}

/** How far it is from point to point: the angle in radians or, if it is more, the largest change of a condition. */
function distance(start, end) {
  const changes = start.conditions.map((x, i) => Math.abs(x - end.conditions[i]));
  return Math.max(angleBetween(start.latents, end.latents), ...changes);
}

/** The point at a position from 0 to 1 of a walk at an even speed through stations. */
export function walkAt(stations, position, loop) {
  const path = loop ? [...stations, stations[0]] : stations;
  const lengths = path.slice(1).map((end, leg) => distance(path[leg], end));
  let way = position * lengths.reduce((sum, length) => sum + length, 0), leg = 0;
  while (leg < lengths.length - 1 && way >= lengths[leg]) way -= lengths[leg++];
  return between(path[leg], path[leg + 1], lengths[leg] ? Math.min(way / lengths[leg], 1) : 0);
}

/** The length of a walk. */
export function walkLength(stations, loop) {
  const path = loop ? [...stations, stations[0]] : stations;
  return path.slice(1).reduce((sum, end, leg) => sum + distance(path[leg], end), 0);
}

/** A point of the sheet between four: upper left, upper right, lower left, lower right. */
export function sheetAt(corners, x, y) {
  return between(between(corners[0], corners[2], y), between(corners[1], corners[3], y), x);
}

/** a - b + c of latents, with the conditions of a. */
export const analogy = (a, b, c) => ({
  latents: a.latents.map((x, i) => x - b.latents[i] + c.latents[i]),
  conditions: a.conditions,
});

/** Latents plus a multiple of a vector. */
export const moved = (latents, vector, by) => combine(latents, vector, 1, by);
