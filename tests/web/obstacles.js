// Says what keeps people from using a page as it is shown now.
() => {
  const found = [];
  const shown = (one) => one.outerHTML.slice(0, 90);
  const seen = (one) => one.checkVisibility({ visibilityProperty: true });
  const named = (one) => one.getAttribute("aria-label") || one.textContent.trim()
    || [...(one.labels || [])].map((label) => label.textContent.trim()).join("")
    || (one.querySelector("img[alt]") || {}).alt || "";
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title.trim()) found.push("no title");
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen);
  const levels = headings.map((one) => Number(one.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push("not one h1");
  levels.forEach((level, i) => {
    if (i && level > levels[i - 1] + 1) found.push(`skips a level: ${shown(headings[i])}`);
  });
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`twice: ${id}`);
  for (const image of document.images) if (!image.hasAttribute("alt")) found.push(`no alt: ${shown(image)}`);
  for (const one of FOCUSABLE) {
    if (!named(one)) found.push(`no name: ${shown(one)}`);
    if (one.tabIndex > 0) found.push(`its own order: ${shown(one)}`);
  }
  for (const one of [...document.querySelectorAll("main *")].filter(seen)) {
    const scrolls = ["overflowX", "overflowY"].some((way) => ["auto", "scroll"].includes(getComputedStyle(one)[way]))
      && (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight);
    if (scrolls && one.tabIndex < 0) found.push(`scrolls for the mouse only: ${shown(one)}`);
  }
  const channels = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
  const behind = (one) => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) layers.unshift(channels(getComputedStyle(at).backgroundColor));
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reduce((below, top) => over(top, below), dark ? [18, 18, 18] : [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !seen(one) || one.disabled || one.closest("svg")) continue;
    const drawn = getComputedStyle(one), below = behind(one);
    const [high, low] = [light(over(channels(drawn.color), below)), light(below)].sort((a, b) => b - a);
    const size = parseFloat(drawn.fontSize), large = size >= 24 || (size >= 18.66 && drawn.fontWeight >= 700);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (large ? 3 : 4.5)) found.push(`contrast ${contrast.toFixed(2)}: ${shown(one)}`);
  }
  return found;
}
