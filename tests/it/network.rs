//! TLS and proxies, from the command line to a server that is not ours to configure.

pub(crate) mod authority;
mod proxy;
mod tls_server;

use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use deskbell::protocol::TenantId;
use deskbell::server::{DEVELOPMENT_SECRET, EpochMillis, mint};
use rustls::version::{TLS12, TLS13};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::leaks::mentions;
use crate::process::{Desk, Ended, Serving};

use authority::{Authority, Validity};
use proxy::{Manner, Proxy};
use tls_server::{Handshake, TlsServer};

/// A name that nothing here resolves: only a proxy can reach it.
const NAME: &str = "uat.example.com";
const PASSWORD: &str = "p@ss:w%rd-of-a-proxy";
const ENCODED: &str = "p%40ss%3Aw%25rd-of-a-proxy";

/// Two connections in a row, and a file up and down again.
const SCENARIO: &str = "name: round\n\
    settings: { connect_timeout: 20s }\n\
    flow:\n\
    \x20 - init\n\
    \x20 - send: hello\n\
    \x20 - upload: { file: note.txt, mime: text/plain, as: note }\n\
    \x20 - disconnect: { how: close }\n\
    \x20 - resume\n\
    \x20 - end\n";

fn token() -> String {
    let secret = SecretString::from(DEVELOPMENT_SECRET);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = EpochMillis(now.as_millis().try_into().unwrap());
    mint(&secret, TenantId(34), Duration::from_secs(600), now).expose_secret().to_owned()
}

/// A folder with the scenario, what it uploads, and the authority to trust.
fn desk(authority: &Authority) -> Desk {
    let desk = Desk::new();
    desk.write("round.yaml", SCENARIO);
    desk.write("note.txt", "a note");
    desk.write("ca.pem", authority.pem());
    desk
}

fn play(desk: &Desk, target: &str, more: &[&str], environment: &[(&str, &str)]) -> Ended {
    let token = token();
    let args = ["run", "round.yaml", "--target", target, "--token", &token, "--out", "run"];
    desk.run_with(&[&args[..], more].concat(), environment)
}

/// Holds a run to a pass in which everything was done.
#[track_caller]
fn check_passed(desk: &Desk, Ended { code, out, err }: &Ended) {
    assert_eq!(*code, Some(0), "{out}{err}");
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert_eq!(run["verdict"], "passed", "{}", run["why"]);
    assert_eq!(run["latency"]["upload_put"]["count"], 1, "{}", run["latency"]);
    assert_eq!(run["totals"]["reconnects"], 1, "{}", run["totals"]);
}

/// Holds a run to one that could not be done, which says so, and counts it under this kind.
#[track_caller]
fn check_not_done(desk: &Desk, Ended { code, out, err }: &Ended, kind: &str, says: &[&str]) {
    assert_eq!(*code, Some(3), "{out}{err}");
    let told = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in says.iter().chain(&["ERROR"]) {
        assert!(told.contains(part), "does not say {part:?}:\n{out}");
    }
    let run: Value = serde_json::from_str(&desk.read("run/run.json")).unwrap();
    assert!(run["errors"]["network"][kind].as_u64() > Some(0), "{kind}: {}", run["errors"]);
    for secret in [PASSWORD, ENCODED] {
        assert!(!format!("{out}{err}{run}").contains(secret), "{out}{err}{run}");
    }
}

#[track_caller]
fn check_version(version: &'static rustls::SupportedProtocolVersion) {
    let authority = Authority::new();
    let leaf = authority.sign("127.0.0.1", Validity::Now);
    let server = TlsServer::start(leaf.config(&[version]));
    let desk = desk(&authority);
    let ended = play(&desk, &server.target("127.0.0.1"), &["--ca-cert", "ca.pem"], &[]);
    check_passed(&desk, &ended);
    let seen = server.end();
    // Two sockets and three calls: for a URL, to it, and for what came of it.
    assert_eq!(seen.len(), 5, "{seen:?}");
    assert!(seen.iter().all(|one| one.version == Some(version.version)), "{seen:?}");
    let first = seen.iter().position(Handshake::is_resumed);
    assert_eq!(first, Some(1), "{seen:?}");
}

#[test]
fn tls_1_3_is_spoken_by_socket_and_upload_and_resumed() {
    check_version(&TLS13);
}

#[test]
fn tls_1_2_is_spoken_by_socket_and_upload_and_resumed() {
    check_version(&TLS12);
}

#[test]
fn a_server_of_ours_makes_its_own_authority() {
    let desk = desk(&Authority::new());
    let serving = Serving::start_with(&desk, &["--tls", "tls", "--tls-name", NAME]);
    assert!(serving.target.starts_with("wss://127.0.0.1:"), "{}", serving.target);
    // Somebody who says nothing keeps nobody waiting.
    let address = serving.target.trim_start_matches("wss://").trim_end_matches("/uat");
    let _idle = TcpStream::connect(address).unwrap();
    let ended = play(&desk, &serving.target, &["--ca-cert", "tls/ca.pem"], &[]);
    check_passed(&desk, &ended);
}

#[track_caller]
fn check_certificate(name: &str, validity: Validity, says: &[&str]) {
    let authority = Authority::new();
    let server = TlsServer::start(authority.sign(name, validity).config(&[&TLS13, &TLS12]));
    let desk = desk(&authority);
    let ended = play(&desk, &server.target("127.0.0.1"), &["--ca-cert", "ca.pem"], &[]);
    check_not_done(&desk, &ended, "tls_certificate", says);
    assert_eq!(server.end(), [], "a handshake was done");
}

#[test]
fn a_certificate_that_is_wrong_is_told_by_what_is_wrong_with_it() {
    check_certificate(
        "127.0.0.1",
        Validity::Past,
        &["the certificate of 127.0.0.1 has expired on 2021-01-01T00:00:00Z"],
    );
    check_certificate(
        "127.0.0.1",
        Validity::Future,
        &["the certificate of 127.0.0.1 is not valid yet, only from 2999-01-01T00:00:00Z"],
    );
    check_certificate(
        NAME,
        Validity::Now,
        &["the certificate is not for 127.0.0.1, it is for uat.example.com"],
    );
}

#[test]
fn an_authority_that_is_not_known_is_told_with_what_to_do() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let server = TlsServer::start(theirs.sign("127.0.0.1", Validity::Now).config(&[&TLS13]));
    let desk = desk(&ours);
    for more in [&["--ca-cert", "ca.pem", "--overwrite"][..], &["--overwrite"]] {
        let ended = play(&desk, &server.target("127.0.0.1"), more, &[]);
        let says = ["the certificate of 127.0.0.1 is signed by no authority", "--ca-cert"];
        check_not_done(&desk, &ended, "tls_certificate", &says);
    }
}

#[test]
fn the_other_scheme_is_told() {
    let authority = Authority::new();
    let desk = desk(&authority);
    let plain = Serving::start(&desk);
    let ended = play(&desk, &plain.target.replace("ws://", "wss://"), &[], &[]);
    let says = ["the server speaks no TLS on this port"];
    check_not_done(&desk, &ended, "tls_handshake", &says);
    let tls = TlsServer::start(authority.sign("127.0.0.1", Validity::Now).config(&[&TLS13]));
    let target = tls.target("127.0.0.1").replace("wss://", "ws://");
    let ended = play(&desk, &target, &["--overwrite"], &[]);
    check_not_done(&desk, &ended, "handshake_invalid", &["write wss:// in place of ws://"]);
}

#[test]
fn a_name_without_an_address_is_told() {
    let desk = desk(&Authority::new());
    let name = "absent.invalid";
    let ended = play(&desk, &format!("wss://{name}/uat"), &["--allow", name], &[]);
    let says = ["the name absent.invalid cannot be resolved"];
    check_not_done(&desk, &ended, "name_unresolved", &says);
}

#[test]
fn socket_and_upload_go_through_a_proxy_that_asks_who_is_there() {
    let authority = Authority::new();
    let server = TlsServer::start(authority.sign(NAME, Validity::Now).config(&[&TLS13]));
    let proxy = Proxy::start(Manner::Forward {
        to: server.address,
        credentials: Some(format!("guest:{PASSWORD}")),
    });
    let url = format!("http://guest:{ENCODED}@{}", proxy.address);
    let upload = format!("https://{NAME}");
    let more = ["--ca-cert", "ca.pem", "--upload-origin", &upload, "--allow", NAME];
    let (target, expected) = (format!("wss://{NAME}/uat"), vec![format!("{NAME}:443"); 5]);
    let by_option = desk(&authority);
    let with_option = [&more[..], &["--proxy", &url]].concat();
    check_passed(&by_option, &play(&by_option, &target, &with_option, &[]));
    assert_eq!(proxy.asked_for(), expected);
    let by_variable = desk(&authority);
    check_passed(&by_variable, &play(&by_variable, &target, &more, &[("HTTPS_PROXY", &url)]));
    assert_eq!(proxy.asked_for(), expected);
    assert_eq!(mentions(&by_option.path("run"), &[PASSWORD, ENCODED]), Vec::<String>::new());
}

#[test]
fn a_plain_target_goes_through_a_proxy_by_connect_as_well() {
    let desk = desk(&Authority::new());
    let serving = Serving::start(&desk);
    let address = serving.target.trim_start_matches("ws://").trim_end_matches("/uat");
    let forward = Manner::Forward { to: address.parse().unwrap(), credentials: None };
    let proxy = Proxy::start(forward);
    let url = format!("http://{}", proxy.address);
    check_passed(&desk, &play(&desk, &serving.target, &["--proxy", &url], &[]));
    assert_eq!(proxy.asked_for(), vec![address; 5]);
    // This machine itself is reached past the proxies of an environment.
    let variables = [("HTTP_PROXY", &*url), ("HTTPS_PROXY", &url), ("http_proxy", &url)];
    let more = ["--overwrite", "--allow", NAME];
    check_passed(&desk, &play(&desk, &serving.target, &more, &variables));
    assert_eq!(proxy.asked_for(), [""; 0]);
}

#[track_caller]
fn check_proxy(manner: Manner, credentials: &str, kind: &str, says: &str) {
    let proxy = Proxy::start(manner);
    let desk = desk(&Authority::new());
    desk.write("round.yaml", SCENARIO.replace("20s", "3s"));
    let url = format!("http://{credentials}{}", proxy.address);
    let more = ["--proxy", &url, "--allow", NAME, "--upload-origin", "http://127.0.0.1:1"];
    let ended = play(&desk, &format!("wss://{NAME}/uat"), &more, &[]);
    let says = says.replace("PROXY", &format!("the proxy {}", proxy.address));
    check_not_done(&desk, &ended, kind, &[&says]);
}

#[test]
fn a_proxy_that_does_not_let_through_is_told_by_what_it_does() {
    let answer = |text: &str| Manner::Answer(text.to_owned());
    let wrong = format!("guest:{PASSWORD}");
    let strict = || {
        let to = "127.0.0.1:1".parse().unwrap();
        Manner::Forward { to, credentials: Some(wrong.clone()) }
    };
    check_proxy(strict(), "", "proxy", "PROXY asks for a name and a password, write");
    let refused = "PROXY refused the name and password it was given (HTTP status 407)";
    check_proxy(strict(), "guest:wrong@", "proxy", refused);
    let bad_gateway = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nno\n";
    check_proxy(answer(bad_gateway), "", "proxy", "PROXY refused to connect, with HTTP status 502");
    let invalid = "PROXY gave no valid answer to CONNECT";
    check_proxy(answer("SSH-2.0-nonsense\r\n\r\n"), "", "proxy", invalid);
    check_proxy(answer(""), "", "proxy", invalid);
    check_proxy(answer("HTTP/1.1 200 OK\r\n\r\nbytes that are early"), "", "proxy", invalid);
    check_proxy(Manner::Endless, "", "proxy", invalid);
    check_proxy(Manner::Silent, "", "connect_timeout", "no upgrade within the connect timeout");
}

#[test]
fn a_proxy_that_is_not_there_is_told() {
    let desk = desk(&Authority::new());
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://guest:{ENCODED}@{closed}");
    let more = ["--proxy", &url, "--allow", NAME];
    let ended = play(&desk, &format!("wss://{NAME}/uat"), &more, &[]);
    let says = format!("the proxy {closed} cannot be reached: connection refused");
    check_not_done(&desk, &ended, "proxy", &[&says]);
}
