// What the visitor has chosen, which is also what a shared link says.

const MAX_KEPT = 64;

/** A seed as typed, or null if it is none: a whole number that JavaScript holds exactly. */
export function parseSeed(text) {
  const seed = /^\s*-?\d{1,16}\s*$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(seed) ? seed + 0 : null; // + 0: there is no seed -0
}

/** Fires "change" after each change. */
export class State extends EventTarget {
  seed = 0;
  truncation = 1;
  kept = [];

  constructor() {
    super();
    this.#read();
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.hash) this.#read();
      this.dispatchEvent(new Event("change"));
    });
  }

  /** The part of the address that says all of this. */
  get hash() {
    const parts = [`seed=${this.seed}`];
    if (this.truncation !== 1) parts.push(`truncation=${this.truncation}`);
    if (this.kept.length) parts.push(`kept=${this.kept.join(",")}`);
    return `#${parts.join("&")}`;
  }

  change(values) {
    Object.assign(this, values);
    history.replaceState(null, "", this.hash);
    this.dispatchEvent(new Event("change"));
  }

  isKept(seed) {
    return this.kept.includes(seed);
  }

  /** Keeps a seed, or lets it go. Returns whether it is kept now. */
  toggle(seed) {
    const without = this.kept.filter((other) => other !== seed);
    const kept = without.length === this.kept.length && without.length < MAX_KEPT;
    this.change({ kept: kept ? [...without, seed] : without });
    return kept;
  }

  /** Takes from the address what makes sense, and nothing else. */
  #read() {
    const said = new URLSearchParams(location.hash.slice(1));
    this.seed = parseSeed(said.get("seed") ?? "") ?? this.seed;
    const truncation = Number(said.get("truncation") || 1);
    this.truncation = truncation >= 0 && truncation <= 1.5 ? truncation : 1;
    const kept = (said.get("kept") ?? "").split(",").map(parseSeed);
    this.kept = [...new Set(kept.filter((seed) => seed !== null))].slice(0, MAX_KEPT);
  }
}
