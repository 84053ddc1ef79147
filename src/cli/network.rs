//! What connections go by: a proxy and certificate authorities, as options, profile and environment
//! name them.

use std::path::Path;

use crate::device::{Authorities, Bypass, Network, Proxies, Proxy};

use super::refusal::Refusal;

/// The network of resolved values: `proxy`, for every connection; a PEM file to trust beside the
/// system's; and what the environment says, for what goes to other machines. There, the variable in
/// lower case comes first, and an empty one counts as none, as elsewhere: they are not deskbell's.
///
/// # Errors
/// All that is wrong with them, exit 2. It shows no password.
pub(super) fn network(
    proxy: Option<&str>,
    ca_cert: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Network, Refusal> {
    let mut mistakes = Vec::new();
    let mut read = |(name, text): (&str, String)| match Proxy::parse(text.trim()) {
        Ok(proxy) => Some(proxy),
        Err(error) => {
            mistakes.push(format!("error: {name}: {error}"));
            None
        }
    };
    let always = proxy.and_then(|text| read(("the proxy", text.to_owned())));
    let mut usual = |names| match proxy {
        None => first_of(names, variable).and_then(&mut read),
        Some(_) => None,
    };
    let tls = usual(["https_proxy", "HTTPS_PROXY"]);
    let plain = usual(["http_proxy", "HTTP_PROXY"]);
    let except = first_of(["no_proxy", "NO_PROXY"], variable);
    let except = except.map_or_else(Bypass::default, |(_, text)| Bypass::parse(&text));
    let authorities = match ca_cert.map(authorities).transpose() {
        Ok(authorities) => authorities.unwrap_or_default(),
        Err(told) => {
            mistakes.push(told);
            Authorities::default()
        }
    };
    if mistakes.is_empty() {
        Ok(Network::new(authorities, Proxies { always, tls, plain, except }))
    } else {
        Err(Refusal::usage(mistakes.join("\n")))
    }
}

/// The first variable that is set to something, with its name.
fn first_of<'a>(
    names: [&'a str; 2],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Option<(&'a str, String)> {
    let given = |name| variable(name).filter(|text| !text.trim().is_empty());
    names.into_iter().find_map(|name| Some((name, given(name)?)))
}

fn authorities(path: &Path) -> Result<Authorities, String> {
    let told = |why: String| format!("error: the CA certificates in {}: {why}", path.display());
    let pem = std::fs::read(path).map_err(|error| told(error.to_string()))?;
    Authorities::from_pem(&pem).map_err(|error| told(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(proxy: Option<&str>, variables: &[(&str, &str)], expected: Result<&str, &str>) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        match (network(proxy, None, &variable), expected) {
            (Ok(network), Ok(shown)) => {
                let debug = format!("{network:?}");
                assert!(debug.contains(shown), "{debug}");
                assert!(!debug.contains("secret"), "{debug}");
            }
            (Err(refusal), Err(text)) => assert_eq!(refusal.text, text),
            (read, _) => panic!("{read:?}"),
        }
    }

    #[test]
    fn an_option_goes_before_the_environment() {
        let variables = [("HTTPS_PROXY", "http://tls:1"), ("NO_PROXY", "a.example")];
        check(
            Some("http://u:secret@option:1"),
            &variables,
            Ok("always: Some(http://[redacted]@opt"),
        );
        check(Some("http://option:1"), &variables, Ok("tls: None"));
        check(Some("http://option:1"), &variables, Ok("a.example"));
        check(None, &variables, Ok("tls: Some(http://tls:1), plain: None"));
        check(None, &[("https_proxy", "http://lower:1"), variables[0]], Ok("http://lower:1"));
        check(None, &[("https_proxy", ""), variables[0]], Ok("http://tls:1"));
        check(None, &[("http_proxy", "http://plain:1")], Ok("tls: None, plain: Some(http://plain"));
        check(None, &[], Ok("always: None, tls: None, plain: None"));
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let socks = "socks5:// proxies are not supported: deskbell goes through http:// proxies, \
                     by CONNECT";
        check(Some("socks5://u:secret@h:1"), &[], Err(&format!("error: the proxy: {socks}")));
        let variables = [("HTTPS_PROXY", "socks5://h:1"), ("http_proxy", "http://h/secret")];
        let shape = "write a proxy like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT";
        let both = format!("error: HTTPS_PROXY: {socks}\nerror: http_proxy: {shape}");
        check(None, &variables, Err(&both));
    }

    #[track_caller]
    fn check_file(text: Option<&str>, says: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        text.into_iter().for_each(|text| std::fs::write(&path, text).unwrap());
        let refusal = network(None, Some(&path), &|_| None).unwrap_err();
        assert!(refusal.text.starts_with("error: the CA certificates in /"), "{}", refusal.text);
        assert!(
            refusal.text.contains("ca.pem: ") && refusal.text.contains(says),
            "{}",
            refusal.text
        );
    }

    #[test]
    fn a_file_without_a_certificate_is_told() {
        check_file(None, "No such file");
        check_file(Some("nonsense"), "there is no certificate in it");
        let block = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check_file(Some(block), "certificate 1 in it cannot be read");
        check_file(
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n"),
            "certificate 1 in it cannot be read",
        );
    }
}
