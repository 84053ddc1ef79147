//! What becomes of upgrades.

use super::*;

/// Asks for an upgrade: its status, the answer where it is refused, and how long it took.
async fn upgrade(world: &World, query: &str) -> (u16, Value, Duration) {
    let asked_at = Instant::now();
    let line = world.line(64 * 1024).await;
    let asked = client_async(format!("ws://example.com/uat?{query}"), line).await;
    let (status, body) = match asked {
        Ok((_, response)) => (response.status(), Value::Null),
        Err(tungstenite::Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            (response.status(), serde_json::from_slice(body).unwrap_or_default())
        }
        Err(error) => panic!("{error}"),
    };
    (status.as_u16(), body, asked_at.elapsed())
}

fn good() -> String {
    format!("Auth={}&deviceId=phone", token(34, 600))
}

/// Asks for upgrades, one after another, and holds their statuses to what is expected.
async fn check(config: Config, asked: impl IntoIterator<Item = String>, expected: &[u16]) -> Gated {
    let world = World::new(config);
    let mut statuses = Vec::new();
    for query in asked {
        statuses.push(upgrade(&world, &query).await.0);
    }
    assert_eq!(statuses, expected);
    world.end().await.gated.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_token_is_missing_with_401_and_denied_with_403() {
    let garbled = format!("Auth={}x&deviceId=phone", token(34, 600));
    let nameless = format!("Auth={}", token(34, 600));
    let asked = ["deviceId=phone".to_owned(), garbled, nameless, good()];
    check(gated(|_| {}), asked, &[401, 403, 400, 101]).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_gateways_words_and_fresh_ids() {
    let world = World::new(gated(|_| {}));
    let first = upgrade(&world, "deviceId=phone").await.1;
    let second = upgrade(&world, "deviceId=phone").await.1;
    assert_eq!(first["message"], "Unauthorized");
    for key in ["connectionId", "requestId"] {
        assert!(first[key].is_string());
        assert_ne!(first[key], second[key]);
    }
    world.end().await;
}

#[tokio::test(start_paused = true)]
async fn answers_bear_the_date_of_the_servers_clock_where_there_is_a_gateway() {
    for (config, expected) in
        [(gated(|_| {}), Some("Thu, 03 Oct 2024 06:59:48 GMT")), (Config::default(), None)]
    {
        let world = World::new(config);
        let line = world.line(64 * 1024).await;
        let asked = client_async(format!("ws://example.com/uat?{}", good()), line).await;
        let date = asked.unwrap().1.headers().get("date").cloned();
        assert_eq!(date.as_ref().and_then(|date| date.to_str().ok()), expected);
        world.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn new_connections_over_the_rate_are_refused_with_429() {
    let config = gated(|gateway| gateway.connects_burst = n(2));
    let gated = check(config, [good(), good(), good(), good()], &[101, 101, 429, 429]).await;
    assert_eq!(gated.connects_throttled, 2);
}

#[tokio::test(start_paused = true)]
async fn a_url_may_be_so_long_and_no_longer() {
    let fill = |length: usize| {
        let short = format!("{}&x=", good());
        format!("{short}{}", "x".repeat(length - "/uat?".len() - short.len()))
    };
    check(gated(|_| {}), [fill(4096), fill(4097)], &[101, 414]).await;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_at_connecting_is_a_502_or_what_is_set() {
    let config = gated(|gateway| gateway.connect_fails = Some(n(2)));
    check(config, [good(), good(), good()], &[101, 502, 101]).await;
    let config = gated(|gateway| {
        gateway.connect_fails = Some(n(1));
        gateway.connect_failed_status = 500;
    });
    check(config, [good()], &[500]).await;
}

#[tokio::test(start_paused = true)]
async fn an_upgrade_is_held_until_the_service_has_taken_part_in_it() {
    for (takes, expected) in [(29, (101, 29)), (30, (502, 29))] {
        let world = World::new(Config { service: taking(seconds(takes)), ..gated(|_| {}) });
        let (status, _, took) = upgrade(&world, &good()).await;
        assert_eq!((status, took.as_secs()), expected);
        world.end().await;
    }
}
