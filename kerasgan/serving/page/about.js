// Where the model comes from, as text: nothing in the metadata can become markup.

const MEASURED = /^(swd|kid|fid|msssim|precision|recall|density|coverage)\w*$/;

/** A number with four digits that count; other values as they are. */
function plain(value) {
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const LABELS = { classes: "Classes", attributes: "Attributes" };
const MAX_LISTED = 40;

function listed(names) {
  const left = names.length - MAX_LISTED;
  return names.slice(0, MAX_LISTED).join(", ") + (left > 0 ? ` and ${left} more` : "");
}

function entry(list, name, value) {
  const term = document.createElement("dt"), text = document.createElement("dd");
  term.textContent = name;
  text.textContent = plain(value);
  list.append(term, text);
}

/** @param description the content of model.json */
export function showAbout(description) {
  const { metadata, image_shape: [height, width, channels] } = description;
  const dataset = metadata.dataset ?? "unknown data";
  const step = typeof metadata.step === "number" ? `, ${metadata.step.toLocaleString("en")} steps` : "";
  document.getElementById("origin").textContent =
    `Trained on ${plain(dataset)}${step}. Nothing here is a photograph: ` +
    "every picture is computed in this browser, and nothing is sent anywhere.";

  const list = document.getElementById("about");
  entry(list, "Data set", dataset);
  entry(list, "Steps of training", metadata.step);
  entry(list, "Pictures", `${height} × ${width}, ${{ 1: "grey", 4: "4 channels, one of them alpha" }[channels] ?? `${channels} channels`}`);
  if (description.labels) entry(list, LABELS[description.labels.kind], listed(description.labels.names));
  entry(list, "Licence", metadata.license ?? "not stated");
  for (const [name, value] of Object.entries(metadata.metrics ?? {})) {
    if (MEASURED.test(name)) entry(list, name, value);
  }
  for (const [name, version] of Object.entries(metadata.versions ?? {})) entry(list, name, version);
  const settings = Object.entries(metadata.config ?? {});
  if (settings.length) entry(list, "Settings", settings.map(([name, value]) => `${name}=${plain(value)}`).join(" "));
}
