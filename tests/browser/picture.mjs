// The picture of the README: the top of the report of reports/sample/. `npm run picture`, after
// `cargo test --test it pages`.
import { fileURLToPath } from "node:url";
import { launch, open } from "./browser.mjs";

const browser = await launch();
const { page, close } = await open(browser, "failed", { viewport: { width: 1180, height: 900 } });
await page.screenshot({ path: fileURLToPath(new URL("../../docs/images/report.png", import.meta.url)) });
await close();
await browser.close();
