// What a conditional generator is asked for. A label is a text: the index of a class, such as "3", or the
// values of all attributes in their order, such as "0_1_-0.5"; "" where the generator takes none.

import { tosses } from "./coins.js";

const MAX_NAMED = 4; // of a mixture
const MAX_LENGTH = 32; // of a name within a sentence

/** A name that is not too long within a sentence. */
export const shortened = (name) => ([...name].length > MAX_LENGTH ? `${[...name].slice(0, MAX_LENGTH - 1).join("")}…` : name);
const tidy = (value) => String(Math.round(value * 100) / 100 + 0); // + 0: there is no -0

export class LabelSpace {
  /** @param labels of model.json: `kind` and `names`, or null */
  constructor(labels) {
    this.kind = labels?.kind ?? "none";
    this.names = labels?.names ?? [];
    this.width = this.names.length;
  }

  /** The label of a seed where nothing is asked for, as `LabelSpace.evenly` in kerasgan/label_space.py. */
  own(seed) {
    if (this.kind === "classes") return String(((seed % this.width) + this.width) % this.width);
    return this.kind === "attributes" ? tosses(seed, this.width).join("_") : "";
  }

  /** A text from an address as a label, or null if it is none. */
  parse(text) {
    if (this.kind === "classes") {
      return /^\d{1,9}$/.test(text) && Number(text) < this.width ? String(Number(text)) : null;
    }
    if (this.kind !== "attributes") return null;
    const parts = text.split("_");
    const right = parts.every((part) => /^-?\d(\.\d{1,4})?$/.test(part) && Math.abs(part) <= 1);
    return right && parts.length === this.width ? this.ofValues(parts.map(Number)) : null;
  }

  /** A label of attributes. */
  ofValues(values) {
    return values.map((value) => tidy(value)).join("_");
  }

  /** The values of a label of attributes. */
  valuesOf(label) {
    return label.split("_").map(Number);
  }

  /** What the networks get. */
  conditions(label) {
    if (this.kind === "attributes") return Float32Array.from(this.valuesOf(label));
    const conditions = new Float32Array(this.width);
    if (this.kind === "classes") conditions[Number(label)] = 1;
    return conditions;
  }

  /** The name of a class or an attribute as people read it. */
  shown(at) {
    return this.kind === "attributes" ? this.names[at].replaceAll("_", " ") : this.names[at];
  }

  /** Whether they are those of a label, and not between two classes. */
  isLabel(conditions) {
    return this.kind !== "classes" || conditions.some((share) => share > 0.9999);
  }

  /** Conditions in words; "" where the generator takes none. */
  words(conditions) {
    const named = this.names
      .map((_, at) => [shortened(this.shown(at)), conditions[at]])
      .filter(([, value]) => Math.abs(value) >= 0.005);
    const parts = named.map(([name, value]) => this.#part(name, value));
    const left = parts.length - MAX_NAMED;
    if (left > 1) parts.splice(MAX_NAMED, left, `${left} more`);
    return parts.join(", ") || (this.kind === "attributes" ? "all at 0" : "");
  }

  #part(name, value) {
    if (this.kind === "classes") return value > 0.995 ? name : `${Math.round(value * 100)}% ${name}`;
    return tidy(value) === "1" ? name : `${name} ${tidy(value).replace("-", "−")}`;
  }
}

/** A text as the end of a file's name: letters and digits of any script; "" if it has none. */
export function fileEnding(words) {
  const safe = words.replace(/[^\p{L}\p{M}\p{N}.−-]+/gu, "_").replaceAll("−", "-");
  const ending = [...safe].slice(0, 60).join("").replace(/^[_.]+|[_.]+$/g, "");
  return ending && `_${ending}`;
}
