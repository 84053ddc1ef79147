// Holds schemas/asyncapi.yaml to AsyncAPI 3.0 by the reference parser, and sees to it that every
// request, response and event file stands in it. Exits with 1 and says why where that fails.
//
//   npm ci && npm run check

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromFile, Parser } from "@asyncapi/parser";

const ERROR = 0;
const schemas = fileURLToPath(new URL("../../schemas/", import.meta.url));

const { document, diagnostics } = await fromFile(new Parser(), `${schemas}asyncapi.yaml`).parse();
const errors = diagnostics
  .filter(({ severity }) => severity === ERROR)
  .map(({ path, message }) => `${path.join("/")}: ${message}`);

if (document) {
  const payloads = document.allMessages().all().map((message) => message.json().payload.schema.$id);
  const files = ["requests", "responses", "events"].flatMap((folder) =>
    readdirSync(schemas + folder).map((file) => `${folder}/${file}`),
  );
  const absent = files.filter((file) => !payloads.some((id) => id.endsWith(`/schemas/${file}`)));
  errors.push(...absent.map((file) => `${file}: no message has this payload`));
}

if (errors.length > 0) {
  console.error(`schemas/asyncapi.yaml is not valid:\n  ${errors.join("\n  ")}`);
  process.exitCode = 1;
} else {
  console.log(`schemas/asyncapi.yaml is valid: ${document.allMessages().length} messages`);
}
