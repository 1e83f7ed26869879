// What the visitor has chosen, which is also what a shared link says.

const MAX_KEPT = 64;

/** A seed as typed, or null if it is none: a whole number that JavaScript holds exactly. */
export function parseSeed(text) {
  const seed = /^\s*-?\d{1,16}\s*$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(seed) ? seed + 0 : null; // + 0: there is no seed -0
}

/** What says which picture: a seed, or what stands for it in given.js, and a label, and `key`, which is the same for the same picture. */
export function picture(seed, label) {
  return { seed, label, key: label === "" ? `${seed}` : `${seed}:${label}` };
}

/** Fires "change" after each change. */
export class State extends EventTarget {
  seed;
  label = null; // which all pictures are asked for; null: each seed has its own
  truncation = 1;
  kept = []; // pictures
  keepsLabels = true; // whether walks, planes and sums leave pictures the labels that they came with
  #labels;
  #given;

  /**
   * @param labels the LabelSpace of the generator
   * @param given what stands for the seeds of the page's own pictures; they are shown and kept where the
   *   address says nothing
   */
  constructor(labels, given) {
    super();
    this.#labels = labels;
    this.#given = given;
    this.seed = given[0] ?? 0;
    this.#read();
    window.addEventListener("hashchange", () => {
      if (location.hash !== this.hash) this.#read();
      this.dispatchEvent(new Event("change"));
    });
  }

  /** The part of the address that says all of this. */
  get hash() {
    const parts = [`seed=${this.seed}`];
    if (this.label !== null) parts.push(`label=${this.label}`);
    if (this.truncation !== 1) parts.push(`truncation=${this.truncation}`);
    if (this.kept.length) parts.push(`kept=${this.kept.map(({ key }) => key).join(",")}`);
    return `#${parts.join("&")}`;
  }

  change(values) {
    Object.assign(this, values);
    history.replaceState(null, "", this.hash);
    this.dispatchEvent(new Event("change"));
  }

  /** The picture of a seed with the chosen label, or with its own. */
  pictureOf(seed) {
    return picture(seed, this.label ?? this.#own(seed));
  }

  /** A picture as walks, planes and sums take it. */
  asTaken(taken) {
    return this.keepsLabels || this.label === null ? taken : picture(taken.seed, this.label);
  }

  isKept({ key }) {
    return this.kept.some((other) => other.key === key);
  }

  /** Keeps a picture, or lets it go. Returns whether it is kept now. */
  toggle(toggled) {
    const without = this.kept.filter(({ key }) => key !== toggled.key);
    const kept = without.length === this.kept.length && without.length < MAX_KEPT;
    this.change({ kept: kept ? [...without, toggled] : without });
    return kept;
  }

  /** The label of a seed; pictures without one have that of seed 0, as in `--latents` of the commands. */
  #own(seed) {
    return this.#labels.own(this.#given.includes(seed) ? 0 : seed);
  }

  #parse(text) {
    return this.#given.includes(text) ? text : parseSeed(text);
  }

  /** Takes from the address what makes sense, and nothing else. */
  #read() {
    const said = new URLSearchParams(location.hash.slice(1));
    this.seed = this.#parse(said.get("seed") ?? "") ?? this.seed;
    this.label = this.#labels.parse(said.get("label") ?? "");
    const truncation = Number(said.get("truncation") || 1);
    this.truncation = truncation >= 0 && truncation <= 1.5 ? truncation : 1;
    const kept = new Map();
    const texts = location.hash.length > 1 ? (said.get("kept") ?? "").split(",") : this.#given;
    for (const text of texts) {
      const [number, label = ""] = text.split(":"), seed = this.#parse(number);
      if (seed === null) continue;
      const found = picture(seed, this.#labels.parse(label) ?? this.#own(seed));
      kept.set(found.key, found);
    }
    this.kept = [...kept.values()].slice(0, MAX_KEPT);
  }
}
