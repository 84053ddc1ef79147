//! The secrets that a run has in use, and where they stand in a text.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::disguise::disguises;
use super::redact::{REDACTED, redact};

/// Shorter than this a secret would be found everywhere, so it is not looked for. Bytes.
const SHORTEST: usize = 12;

/// How many upload URLs are remembered; the queries of further ones go by their looks alone.
const MOST_UPLOAD_URLS: usize = 4096;

/// What is in the name of a URL's parameter whose value lets somebody in.
const TELLING: [&str; 7] = ["sig", "token", "credential", "secret", "key", "auth", "policy"];

/// Every secret in use: tokens, proxy passwords, queries of upload URLs. Clones share one list, which
/// grows as secrets come to be known. It shows none of them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

/// What a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// An access token, a part of one, or a password.
    Credential,
    /// The query of an upload URL, or its signature.
    UploadQuery,
}

impl fmt::Display for SecretKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "an access token or a password",
            Self::UploadQuery => "the signature of an upload URL",
        })
    }
}

/// Spellings of secrets in order, so that the one which a text begins with is found without a look
/// at each: runs may have ten thousand tokens.
#[derive(Default)]
struct Known {
    spellings: BTreeMap<Vec<u8>, SecretKind>,
    /// The first bytes of each spelling.
    heads: HashSet<[u8; SHORTEST]>,
    longest: usize,
    upload_urls: usize,
    has_short: bool,
}

impl Secrets {
    /// Adds an access token or a password; of a JSON Web Token also its claims and its signature by
    /// themselves. One of fewer than 12 bytes is only noted.
    pub fn add(&self, secret: &str) {
        let mut known = self.write();
        known.add(secret, SecretKind::Credential);
        let parts: Vec<_> = secret.split('.').collect();
        if let [_, parts @ ..] = &parts[..]
            && parts.len() == 2
        {
            parts.iter().filter(|part| part.len() >= SHORTEST).for_each(|part| {
                known.add(part, SecretKind::Credential);
            });
        }
    }

    /// Adds the query of a URL that a server granted, and what in it lets somebody in.
    pub fn add_upload_url(&self, url: &str) {
        let Some((_, query)) = url.split_once('?') else { return };
        let mut known = self.write();
        if known.upload_urls >= MOST_UPLOAD_URLS {
            return;
        }
        known.upload_urls += 1;
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let telling = pairs.filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            TELLING.iter().any(|part| name.contains(part))
        });
        for text in telling.map(|(_, value)| value).chain([query]) {
            if text.len() >= SHORTEST {
                known.add(text, SecretKind::UploadQuery);
            }
        }
    }

    /// Whether some secret is too short to be looked for.
    pub fn has_short(&self) -> bool {
        self.read().has_short
    }

    /// The text with `[redacted]` in place of each secret that stands in it, in any spelling, and of
    /// whatever looks like one. At the end of a text that was cut, the start of a secret goes too.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.without_known(text) {
            Cow::Borrowed(text) => redact(text),
            Cow::Owned(text) => redact(&text).into_owned().into(),
        }
    }

    fn without_known<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.read();
        if known.spellings.is_empty() {
            return Cow::Borrowed(text);
        }
        let bytes = text.as_bytes();
        let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
        while at + SHORTEST <= bytes.len() {
            match known.prefix_of(&bytes[at..]).or_else(|| known.begun_by(&bytes[at..])) {
                Some(length) => {
                    clean.push_str(&text[copied..at]);
                    clean.push_str(REDACTED);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        clean.push_str(&text[copied..]);
        Cow::Owned(clean)
    }

    /// The first secret that stands in the bytes, in any spelling.
    pub fn find(&self, bytes: &[u8]) -> Option<SecretKind> {
        let known = self.read();
        (0..bytes.len()).find_map(|at| {
            let length = known.prefix_of(&bytes[at..])?;
            known.spellings.get(&bytes[at..at + length]).copied()
        })
    }

    /// The length of the longest spelling, in bytes: what is searched piece by piece has to overlap
    /// by so much.
    pub fn longest(&self) -> usize {
        self.read().longest
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn add(&mut self, secret: &str, kind: SecretKind) {
        if secret.len() < SHORTEST {
            self.has_short |= !secret.is_empty();
            return;
        }
        if self.spellings.contains_key(secret.as_bytes()) {
            return;
        }
        for spelling in disguises(secret).into_iter().map(String::into_bytes) {
            self.longest = self.longest.max(spelling.len());
            self.heads.extend(spelling.first_chunk::<SHORTEST>());
            self.spellings.entry(spelling).or_insert(kind);
        }
    }

    /// The length of the longest spelling that a text begins with.
    fn prefix_of(&self, text: &[u8]) -> Option<usize> {
        if !self.heads.contains(text.first_chunk::<SHORTEST>()?) {
            return None;
        }
        let mut reach = text.len().min(self.longest);
        while reach >= SHORTEST {
            // A spelling that begins the text is no greater than it, and shares with it what the
            // greatest of those shares, at least.
            let upto = (Bound::Unbounded, Bound::Included(&text[..reach]));
            let (nearest, _) = self.spellings.range::<[u8], _>(upto).next_back()?;
            let common = nearest.iter().zip(text).take_while(|(one, two)| one == two).count();
            if common == nearest.len() {
                return Some(common);
            }
            reach = common;
        }
        None
    }

    /// The length of a text that is the start of a spelling.
    fn begun_by(&self, text: &[u8]) -> Option<usize> {
        if text.len() >= self.longest || !self.heads.contains(text.first_chunk::<SHORTEST>()?) {
            return None;
        }
        let from = (Bound::Included(text), Bound::Unbounded);
        let (next, _) = self.spellings.range::<[u8], _>(from).next()?;
        next.starts_with(text).then_some(text.len())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPAQUE: &str = "s3cr3t/token+of=somebody";

    fn known() -> Secrets {
        let secrets = Secrets::default();
        secrets.add(OPAQUE);
        secrets.add("hdr.claimsOfSomebody.signatureOfIt");
        secrets
            .add_upload_url("https://u.example.com/a?Content-Type=a%2Fb&Signature=abc%2Fdefghijk");
        secrets
    }

    #[track_caller]
    fn check(text: &str, expected: &str, found: Option<SecretKind>) {
        let secrets = known();
        assert_eq!(secrets.redact(text), expected);
        assert_eq!(secrets.redact(expected), expected, "redacting again changes nothing");
        assert_eq!(secrets.find(text.as_bytes()), found);
    }

    #[test]
    fn a_secret_goes_in_every_spelling() {
        let credential = Some(SecretKind::Credential);
        for spelling in disguises(OPAQUE) {
            check(&format!("a {spelling} b"), "a [redacted] b", credential);
        }
        check(&OPAQUE.repeat(2), "[redacted][redacted]", credential);
        check("s3cr3t/token of somebody else", "s3cr3t/token of somebody else", None);
    }

    #[test]
    fn the_parts_of_a_token_are_secrets_but_its_header() {
        check("hdr. claimsOfSomebody", "hdr. [redacted]", Some(SecretKind::Credential));
        check(".signatureOfIt", ".[redacted]", Some(SecretKind::Credential));
    }

    #[test]
    fn a_granted_query_and_its_signature_go() {
        let upload = Some(SecretKind::UploadQuery);
        check("abc%2Fdefghijk", "[redacted]", upload);
        check("Content-Type=a%2Fb&amp;Signature=abc%2Fdefghijk", "[redacted]", upload);
        check("Content-Type=a%2Fb of it", "Content-Type=a%2Fb of it", None);
    }

    #[test]
    fn the_start_of_a_secret_goes_where_a_text_was_cut() {
        check("it is s3cr3t/token+of", "it is [redacted]", None);
        check("it is s3cr3t/tok", "it is s3cr3t/tok", None);
    }

    #[test]
    fn a_short_secret_is_noted_and_not_looked_for() {
        let secrets = Secrets::default();
        assert!(!secrets.has_short());
        secrets.add("short");
        assert!(secrets.has_short());
        assert_eq!(secrets.redact("a short text"), "a short text");
    }

    #[test]
    fn nothing_shows_a_secret() {
        assert_eq!(format!("{:?}", known()), "[redacted]");
    }

    #[test]
    fn one_of_ten_thousand_tokens_is_found() {
        let secrets = Secrets::default();
        let token = |nth: u32| format!("opaque-token-{nth:08}");
        (0..10_000).for_each(|nth| secrets.add(&token(nth)));
        let text = format!("{} {} {}", "x".repeat(4096), token(4711), "opaque-token-0");
        assert!(secrets.redact(&text).ends_with("x [redacted] [redacted]"));
    }

    proptest! {
        #[test]
        fn no_text_keeps_a_secret(before in "[s3ก.]{0,9}", after in "[s3ก.]{0,9}") {
            let clean = known().redact(&format!("{before}{OPAQUE}{after}")).into_owned();
            prop_assert!(!clean.contains(OPAQUE), "{}", clean);
        }
    }
}
