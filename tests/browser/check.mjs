// Looks at report.html as people do who open it: from disk, in a browser. `cargo test --test it pages`
// writes the pages; what is to be judged by eye goes to target/tmp/screenshots.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { drawn, launch, open, pages, screenshots } from "./browser.mjs";

const names = [
  "passed", "failed", "invalid", "interrupted", "error", "unconnected", "refused", "second", "huge",
  "hostile",
];
const sections = [
  "ran", "violations", "thresholds", "latency", "traffic", "errors", "clauses", "steps", "generator",
  "settings",
];
/** Those that are looked at in every way. */
const looked = ["passed", "failed", "huge", "hostile", "error"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What a page may take, in bytes. */
const mostBytes = 2_000_000;
/** How long it may take to open, in milliseconds; a machine that does nothing else needs a second. */
const mostMs = process.env.CI ? 10_000 : 5_000;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Has a page looked at, and then sees that it was quiet meanwhile. */
async function visit(name, options, look) {
  const { page, said, asked, took, close } = await open(browser, name, options);
  try {
    await look(page, took);
    assert.deepEqual(said, [], "the console is empty");
    assert.deepEqual(asked, [], "nothing leaves the page");
  } finally {
    await close();
  }
}

/** How much wider than the window a page is, and by what. */
function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth + 1) return null;
    const isClipped = (element) => element && (getComputedStyle(element).overflowX !== "visible" || isClipped(element.parentElement));
    const sticksOut = (element) =>
      element.getBoundingClientRect().right > clientWidth + 1 && !isClipped(element.parentElement.closest("body *"));
    const wide = [...document.querySelectorAll("body *")].filter(sticksOut).slice(0, 5);
    return { scrollWidth, wide: wide.map((one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 60)}`) };
  });
}

/** Keeps what a page looks like, down to where a browser can draw no more at once. */
async function shoot(page, name) {
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }));
  await page.evaluate(() => scrollTo(0, 0));
  const clip = { x: 0, y: 0, width, height: Math.min(height, 12_000) };
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true, clip, timeout: 120_000 });
}

/** What keeps somebody from reading a page. */
async function graveFaults(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return grave.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join("\n  ")}`);
}

function visibleRows(page) {
  return page.locator("#clauses tr[data-status]:visible");
}

/** Whether something is drawn on the canvas of a plot. */
function isDrawn(plot) {
  return plot.locator("canvas").first().evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return data.some((byte, at) => at % 4 === 3 && byte > 0);
  });
}

describe("every page", () => {
  for (const name of names) {
    test(`${name}: opens at once, quietly, and is whole`, async (t) => {
      const { size } = statSync(`${pages}${name}.html`);
      assert.ok(size < mostBytes, `${size} bytes`);
      await visit(name, {}, async (page, took) => {
        t.diagnostic(`${Math.round(size / 1000)} kB, opened in ${took} ms`);
        assert.ok(took < mostMs, `opened in ${took} ms`);
        assert.ok(await page.locator("header#verdict h1").isVisible());
        for (const section of sections) {
          assert.equal(await page.locator(`main section#${section} h2`).count(), 1, section);
        }
        const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((one) => one.id));
        assert.equal(new Set(ids).size, ids.length, "ids are unique");
        for (const plot of await page.locator("figure.plot").all()) {
          const which = await plot.getAttribute("data-plot");
          await plot.scrollIntoViewIfNeeded();
          await drawn(page);
          assert.ok(await isDrawn(plot), `${which} is drawn`);
        }
        assert.equal(await overflow(page), null);
        await shoot(page, `${name}-light`);
      });
    });

    test(`${name}: on a phone`, () =>
      visit(name, { viewport: { width: 390, height: 844 } }, async (page) => {
        await shoot(page, `${name}-phone`);
        assert.equal(await overflow(page), null);
      }));

    if (!looked.includes(name)) continue;

    test(`${name}: in the dark`, () =>
      visit(name, { colorScheme: "dark" }, async (page) => {
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const [red, green, blue] = colour.match(/\d+/g).map(Number);
        assert.ok(red + green + blue < 300, `the ground is ${colour}`);
        await shoot(page, `${name}-dark`);
      }));

    test(`${name}: without scripts`, () =>
      visit(name, { javaScriptEnabled: false }, async (page) => {
        for (const section of ["#verdict", ...sections.map((one) => `#${one}`)]) {
          assert.ok((await page.locator(section).innerText()).trim().length > 0, section);
        }
        assert.equal(await page.locator("[data-filter]:visible").count(), 0, "no control without effect");
        await shoot(page, `${name}-noscript`);
      }));
  }

  for (const name of looked) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${name}: for everybody, in the ${colorScheme}`, () =>
        visit(name, { colorScheme, bypassCSP: true }, async (page) => {
          assert.deepEqual(await graveFaults(page), []);
        }));
    }
  }
});

describe("a comparison", () => {
  const parts = ["figures", "clauses", "latency", "runs", "method"];

  test("opens quietly and is whole, with its charts, and without a script, too", async () => {
    for (const javaScriptEnabled of [true, false]) {
      await visit("compared", { javaScriptEnabled }, async (page) => {
        for (const part of ["#verdict", ...parts.map((one) => `#${one}`)]) {
          assert.ok((await page.locator(part).innerText()).trim().length > 0, part);
        }
        for (const chart of ["#figures .forest > svg", "#latency .chart > svg"]) {
          const { width, height } = await page.locator(chart).first().boundingBox();
          assert.ok(width > 300 && height > 100, `${chart} is ${width} by ${height}`);
        }
        assert.equal(await overflow(page), null);
        if (!javaScriptEnabled) await shoot(page, "compared-noscript");
      });
    }
  });

  test("fits a phone", () =>
    visit("compared", { viewport: { width: 390, height: 844 } }, async (page) => {
      await shoot(page, "compared-phone");
      assert.equal(await overflow(page), null);
    }));

  for (const colorScheme of ["light", "dark"]) {
    test(`is for everybody, in the ${colorScheme}`, () =>
      visit("compared", { colorScheme, bypassCSP: true }, async (page) => {
        await shoot(page, `compared-${colorScheme}`);
        assert.deepEqual(await graveFaults(page), []);
      }));
  }
});

describe("a failing run", () => {
  test("clauses are filtered, and all of them come back", () =>
    visit("failed", {}, async (page) => {
      const all = await visibleRows(page).count();
      assert.ok(all > 80, `${all} clauses`);
      for (const by of ["status", "level"]) {
        for (const button of await page.locator(`#clauses button[data-filter=${by}]`).all()) {
          const wanted = await button.getAttribute("data-value");
          await button.click();
          assert.equal(await button.getAttribute("aria-pressed"), "true");
          const shown = await visibleRows(page).evaluateAll((rows, key) => rows.map((row) => row.dataset[key]), by);
          assert.ok(shown.length > 0 && shown.length < all, `${shown.length} clauses are ${wanted}`);
          assert.deepEqual([...new Set(shown)], [wanted]);
          await button.click();
          assert.equal(await visibleRows(page).count(), all);
        }
      }
      await page.locator("#clauses [data-filter=text]").fill("nothing says this");
      assert.equal(await visibleRows(page).count(), 0);
      await page.locator("#clauses button.reset").click();
      assert.equal(await visibleRows(page).count(), all);
      await page.locator("#clauses [data-filter=section]").selectOption({ index: 1 });
      const left = await visibleRows(page).count();
      assert.ok(left > 0 && left < all, `${left} clauses are of a section`);
    }));

  test("series go and come back by the legend, and a zoom is taken back", () =>
    visit("failed", {}, async (page) => {
      const plot = page.locator("#latency figure.plot").first();
      await plot.scrollIntoViewIfNeeded();
      const picture = async () => {
        await page.mouse.move(0, 0);
        await drawn(page);
        return plot.locator("canvas").first().evaluate((canvas) => canvas.toDataURL());
      };
      const whole = await picture();
      const series = plot.locator(".u-legend .u-series [role=button]").last();
      await series.click();
      assert.equal(await series.getAttribute("aria-pressed"), "false");
      assert.notEqual(await picture(), whole, "a series is gone");
      await series.focus();
      await page.keyboard.press("Enter");
      assert.equal(await series.getAttribute("aria-pressed"), "true");
      assert.equal(await picture(), whole, "it is there again");
      const over = await plot.locator(".u-over").boundingBox();
      await page.mouse.move(over.x + over.width * 0.3, over.y + over.height / 2);
      await page.mouse.down();
      await page.mouse.move(over.x + over.width * 0.6, over.y + over.height / 2, { steps: 5 });
      await page.mouse.up();
      assert.notEqual(await picture(), whole, "it is zoomed in");
      await plot.getByRole("button", { name: "Reset zoom" }).click();
      assert.equal(await picture(), whole, "it is whole again");
    }));

  test("kinds of violations open, and so do the rows of a diagram", () =>
    visit("failed", {}, async (page) => {
      assert.ok((await page.locator("article.violation").count()) > 3);
      for (const place of ["article.violation details", "figure.sequence details"]) {
        const details = page.locator(`#violations ${place}`);
        assert.ok((await details.count()) > 0, place);
        const closed = page.locator(`#violations ${place}:not([open]) > summary`);
        const visible = closed.locator("visible=true").first();
        const one = await visible.elementHandle();
        await one.click();
        assert.ok(await one.evaluate((summary) => summary.parentElement.open), `${place} opens`);
      }
    }));

  test("it says what failed, since when, on which device, and how to repeat it", () =>
    visit("failed", {}, async (page) => {
      const [verdict, violations] = await Promise.all(
        ["#verdict", "#violations"].map((place) => page.locator(place).innerText()),
      );
      assert.match(verdict, /failed/i);
      assert.match(verdict, /EVENT-1/);
      assert.match(violations, /expected/i);
      assert.match(violations, /device/i);
      assert.match(violations, /deskbell run tests\/it\/sample\//);
    }));

  test("a keyboard reaches and works all controls", () =>
    visit("failed", {}, async (page) => {
      const reached = new Set();
      for (let presses = 0; presses < 400; presses += 1) {
        await page.keyboard.press("Tab");
        const on = await page.evaluate(() => {
          const { activeElement: at } = document;
          if (!at || at === document.body) return null;
          const { outlineStyle, boxShadow } = getComputedStyle(at);
          const place = at.closest("[data-filter]") ? "filter"
            : at.closest(".u-legend") ? "legend"
            : at.closest("figure.sequence") ? "diagram"
            : at.matches("summary") ? "summary" : at.tagName;
          return { place, isShown: outlineStyle !== "none" || boxShadow !== "none" };
        });
        if (!on) break;
        assert.ok(on.isShown, `${on.place} shows that it has the focus`);
        reached.add(on.place);
      }
      for (const place of ["filter", "summary", "diagram", "legend"]) {
        assert.ok(reached.has(place), `${place} is not among ${[...reached]}`);
      }
      const filter = page.locator("#clauses button[data-filter]").first();
      const before = await visibleRows(page).count();
      await filter.focus();
      await page.keyboard.press("Space");
      assert.notEqual(await visibleRows(page).count(), before, "Space works a filter");
      const summary = page.locator("article.violation details:not([open]) > summary").first();
      const handle = await summary.elementHandle();
      await handle.focus();
      await page.keyboard.press("Enter");
      assert.ok(await handle.evaluate((one) => one.parentElement.open), "Enter opens");
    }));

  test("it prints with everything that a reader needs", () =>
    visit("failed", {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      assert.ok(await page.locator("article.violation").first().isVisible());
      await shoot(page, `failed-print`);
    }));
});

test("what a server sent is text", () =>
  visit("hostile", {}, async (page) => {
    assert.notEqual(await page.title(), "owned");
    assert.equal(await page.locator("img").count(), 0);
    const text = await page.locator("#violations").innerText();
    assert.ok(text.includes("</script><img src=x onerror="), "it is shown as it came");
  }));

test("a page that CI shows without styles and scripts is still readable", async () => {
  // As Jenkins sends the files of a build unless it is told otherwise.
  const policy = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';";
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const [url, body] = ["http://ci.example.com/report.html", readFileSync(`${pages}failed.html`, "utf8")];
  await context.route("**", (route) =>
    route.request().url() === url
      ? route.fulfill({ body, contentType: "text/html", headers: { "Content-Security-Policy": policy } })
      : route.abort());
  const page = await context.newPage();
  await page.goto(url);
  assert.match(await page.locator("#verdict").innerText(), /failed/i);
  assert.ok((await page.locator("#clauses tr").count()) > 80);
  await shoot(page, `failed-strict`);
  await context.close();
});
