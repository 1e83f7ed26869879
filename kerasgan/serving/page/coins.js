// The labels of seeds for which nothing is asked: the same tosses of a coin as NumPy's
// `default_rng([stream, seed]).integers(2, size=count)`.
//
// References: O'Neill 2014, "PCG: a family of simple fast space-efficient statistically good algorithms
// for random number generation" (PCG64, XSL-RR); O'Neill 2015, "Developing a seed_seq alternative".

const EVEN_STREAM = 5000; // _EVEN_STREAM in kerasgan/label_space.py
const POOL_SIZE = 4;
const MULTIPLIER = (2549297995355413924n << 64n) + 4865540595714422341n;

const wrap128 = (number) => BigInt.asUintN(128, number);
const folded = (word) => (word ^ (word >>> 16)) >>> 0;

/** NumPy's hash of 32-bit words, whose constant changes with each of them. */
function hasher(constant, factor) {
  return (word) => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, factor) >>> 0;
    return folded(Math.imul(mixed, constant) >>> 0);
  };
}

/** NumPy's SeedSequence: 32-bit words, at most four, to `count` others. */
function spread(words, count) {
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = Array.from({ length: POOL_SIZE }, (_, at) => hash(words[at] ?? 0));
  for (let from = 0; from < POOL_SIZE; from++) {
    for (let to = 0; to < POOL_SIZE; to++) {
      if (from === to) continue;
      const other = hash(pool[from]);
      pool[to] = folded((Math.imul(0xca01f9dd, pool[to]) - Math.imul(0x4973f715, other)) >>> 0);
    }
  }
  const last = hasher(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: count }, (_, at) => last(pool[at % POOL_SIZE]));
}

/** PCG64: random 64-bit numbers, one after the other, of words that seed it. */
function* pcg64(words) {
  const state = spread(words, 8).map(BigInt);
  const long = (at) => (state[at + 1] << 32n) | state[at];
  const increment = wrap128((((long(4) << 64n) | long(6)) << 1n) | 1n);
  let at = wrap128((increment + ((long(0) << 64n) | long(2))) * MULTIPLIER + increment);
  for (;;) {
    at = wrap128(at * MULTIPLIER + increment);
    const half = BigInt.asUintN(64, (at >> 64n) ^ at), turn = at >> 122n;
    yield BigInt.asUintN(64, (half >> turn) | (half << (64n - turn)));
  }
}

/**
 * As many tosses, 0 or 1, as are asked for, a function of the seed alone.
 *
 * @param {number} seed a whole number
 * @param {number} count of tosses
 */
export function tosses(seed, count) {
  const bits = BigInt.asUintN(64, BigInt(seed)), high = Number(bits >> 32n);
  const random = pcg64([EVEN_STREAM, Number(bits & 0xffffffffn), ...(high ? [high] : [])]);
  const found = [];
  while (found.length < count) {
    const number = random.next().value; // two halves, low first, of which the highest bit decides
    found.push(Number((number >> 31n) & 1n), Number(number >> 63n));
  }
  return found.slice(0, count);
}
