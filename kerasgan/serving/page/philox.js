// Latents of seeds: the same numbers as `latents_from_seeds` in kerasgan/model/latents.py, which are
// TensorFlow's `stateless_normal(seed=[seed, -2], alg="philox")`, up to float32's last digits.
//
// Reference: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".

const SEEDS_STREAM = -2; // Stream.SEEDS in kerasgan/model/random_streams.py
const SCRAMBLING_KEY = [0x3ec8f720, 0x02461e29]; // TensorFlow's, for turning a seed into a key

/** High 32 bits of the product of two unsigned 32-bit numbers. */
function highProduct(a, b) {
  const aHigh = a >>> 16, aLow = a & 0xffff, bHigh = b >>> 16, bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh; // below 2^33: exact
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Philox4x32 with ten rounds: four unsigned 32-bit numbers for a counter of four and a key of two. */
export function philox(counter, key) {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(0xd2511f53, c0), low0 = Math.imul(0xd2511f53, c0);
    const high1 = highProduct(0xcd9e8d57, c2), low1 = Math.imul(0xcd9e8d57, c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1 >>> 0, (high0 ^ c3 ^ k1) >>> 0, low0 >>> 0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The two halves, low first, of a whole number as int64. */
function halves(number) {
  const bits = BigInt.asUintN(64, BigInt(number));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

const view = new DataView(new ArrayBuffer(4));

/** 32 random bits to a number in [0, 1): they become the fraction of a float32 in [1, 2). */
function uniform(bits) {
  view.setUint32(0, ((bits & 0x7fffff) | 0x3f800000) >>> 0);
  return view.getFloat32(0) - 1;
}

/**
 * The latents of a seed.
 *
 * @param {number} seed a whole number, at most 2^53 - 1 either way
 * @param {number} length of the vector
 * @returns {Float32Array} standard normal
 */
export function latentsOfSeed(seed, length) {
  const mixed = philox([...halves(seed), ...halves(SEEDS_STREAM)], SCRAMBLING_KEY);
  const latents = new Float32Array(length);
  for (let first = 0; first < length; first += 4) {
    const bits = philox([first / 4, 0, mixed[2], mixed[3]], [mixed[0], mixed[1]]);
    for (let pair = 0; pair < 4; pair += 2) {
      // Box and Muller: two uniform numbers become two normal ones. Writing past the end does nothing.
      const radius = Math.sqrt(-2 * Math.log(Math.max(uniform(bits[pair]), 1e-7)));
      const angle = 2 * Math.PI * uniform(bits[pair + 1]);
      latents[first + pair] = radius * Math.sin(angle);
      latents[first + pair + 1] = radius * Math.cos(angle);
    }
  }
  return latents;
}
