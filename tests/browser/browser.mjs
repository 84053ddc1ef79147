// Opens pages from disk in headless Chromium, and keeps what happens in them: what they print, and
// whatever they ask of a network.
import { mkdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Where `cargo test --test it pages` writes to. */
export const pages = `${root}target/tmp/pages/`;

/** Where what is to be looked at by eye goes. */
export const screenshots = `${root}target/tmp/screenshots/`;
mkdirSync(screenshots, { recursive: true });

/** A browser that speaks to nobody by itself. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/**
 * Opens a page of a run. `said` gathers errors and warnings, `asked` requests that leave the page;
 * `took` is how many milliseconds passed until it was drawn.
 */
export async function open(browser, name, options = {}) {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ viewport, reducedMotion: "reduce", ...options });
  const [said, asked, url] = [[], [], pathToFileURL(`${pages}${name}.html`).href];
  await context.route(/^(?!file:|data:)/, (route) => route.abort());
  context.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) asked.push(request.url());
  });
  const page = await context.newPage();
  page.on("websocket", (socket) => asked.push(socket.url()));
  page.on("pageerror", (error) => said.push(`uncaught: ${error.message}`));
  page.on("dialog", (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) said.push(message.text());
  });
  const began = performance.now();
  await page.goto(url, { waitUntil: "load" });
  if (options.javaScriptEnabled !== false) await drawn(page);
  return { page, said, asked, took: Math.round(performance.now() - began), close: () => context.close() };
}

/** Waits until the browser has shown what there is. */
export function drawn(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}
