//! The page of the emulated gateway, made from the server's own tables.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use deskbell::server::{FACTS, Fact, SETTINGS, Setting};

const HEAD: &str = "# API Gateway, emulated

A chat service behind API Gateway does not only answer for itself: the gateway cuts connections, throttles,
and answers in its own name. `deskbell serve --gateway emulate` puts one in front of the reference server,
and `deskbell run --server-arg=--gateway=emulate` in front of the embedded one. It stands before the tenants'
sockets at `/uat` and the back office's at `/desk`; uploads do not pass it.

```sh
deskbell serve --gateway emulate                                   # as AWS documents it, guesses for the rest
deskbell serve --gateway emulate --gateway-clock 60                # two hours in two minutes
deskbell serve --gateway emulate --gateway-set idle-close=none --gateway-set connects-per-second=50
```

| option of `deskbell serve` | what it does |
| --- | --- |
| `--gateway off\\|emulate` | `off`, unless it is given: clients reach the server as it is |
| `--gateway-clock N` | divides every time of the gateway by N: `idle`, `lifetime`, `integration-timeout`, `event-patience`. Rates stay as they are |
| `--gateway-set KEY=VALUE` | sets one of the limits and guesses below; repeatable |

Where AWS documents nothing, the emulation guesses, and says so here: hold no endpoint to a guess. As the
server ends, it tells what its gateway did:

```text
gateway: throttled 12 connects and 340 requests, answered 0 requests itself, lost 0 messages to clients; ended 2 connections for idleness and 5 connections at their lifetime
```

## What can be set

Bytes, tokens and tokens a second are whole numbers; times are written like `40ms`, `10m` or `2h`, before
the clock divides them; switches are `on` or `off`; codes of a close may be `none`, which cuts the connection
without a word (a client sees 1006).

";

const FACTS_HEAD: &str = "
## What it always does

";

const FOOT: &str = "
## What is left out

The emulation has one account and one stage. It does not know routes' own throttling, usage plans, IAM,
custom domains, `$disconnect` that is not delivered, 410 of the callback API though a message arrived, or
latencies of its own. It never compresses.
";

#[test]
fn the_page_of_the_gateway_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gateway.md");
    let fresh = page();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored, fresh, "docs/gateway.md is stale; UPDATE_GOLDEN=1 rewrites it");
}

fn page() -> String {
    let mut page = String::from(HEAD);
    page.push_str(
        "| `--gateway-set` | default | what it sets | AWS |\n| --- | --- | --- | --- |\n",
    );
    for setting in SETTINGS {
        let Setting { key, title, basis, .. } = setting;
        let default = setting.default_text();
        writeln!(page, "| `{key}` | `{default}` | {title} | {basis} |").unwrap();
    }
    page.push_str(FACTS_HEAD);
    page.push_str("| at | the gateway does | AWS |\n| --- | --- | --- |\n");
    for Fact { cause, effect, basis } in FACTS {
        writeln!(page, "| {cause} | {effect} | {basis} |").unwrap();
    }
    page.push_str(FOOT);
    page
}
