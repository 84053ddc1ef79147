//! The files that a probe writes: a profile, and draft waivers beside it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::probe::{Cause, Facts, Observed, cause, profile};
use crate::report::write_text;
use crate::run::{Origin, RunRecord};

use super::drafting::{Place, entry, last_day};
use super::endpoint::Endpoint;
use super::precedence::{Accounts, Resolved};
use super::probe::ProbeArgs;
use super::refusal::Refusal;

/// Where the profile goes, when nothing is said.
const DEFAULT: &str = "profile.yaml";

/// The files to be written, and what is known of the endpoint before it is probed.
pub(super) struct Drafts {
    profile: PathBuf,
    waivers: PathBuf,
    facts: Facts,
}

/// What was written.
pub(super) struct Written {
    pub(super) profile: PathBuf,
    pub(super) waivers: PathBuf,
    settings: usize,
    waived: usize,
    defects: usize,
}

impl Drafts {
    /// The files that a command line asks for; none for an embedded server, unless they are named.
    ///
    /// # Errors
    /// Files that are there already.
    pub(super) fn of(args: &ProbeArgs, endpoint: &Endpoint) -> Result<Option<Self>, Refusal> {
        let default = endpoint.target.is_some().then(|| PathBuf::from(DEFAULT));
        let Some(profile) = args.out.clone().or(default) else { return Ok(None) };
        let waivers = profile.with_extension("waivers.yaml");
        for path in [&profile, &waivers] {
            if !args.overwrite && path.exists() {
                return Err(Refusal::usage(format!(
                    "error: {} exists already: name another profile with --out, or replace it with \
                     --overwrite",
                    path.display()
                )));
            }
        }
        let facts = facts(&endpoint.resolved, &profile, &waivers);
        Ok(Some(Self { profile, waivers, facts }))
    }

    /// Writes both.
    ///
    /// # Errors
    /// A disk that does not take them.
    pub(super) fn write(
        self,
        record: &RunRecord,
        observed: &[Observed],
    ) -> Result<Written, Refusal> {
        let heading = format!("{}, probed at {}", record.target, record.started_at);
        let facts = Facts { heading, run_id: record.run_id.clone(), ..self.facts };
        let (waivers, waived, defects) = drafted(record, observed);
        for (path, text) in [(&self.profile, profile(&facts, observed)), (&self.waivers, waivers)] {
            write_text(&text, path).map_err(|error| Refusal::not_done(&error.to_string()))?;
        }
        let settings = observed.iter().filter(|one| one.setting.is_some()).count();
        let Self { profile, waivers, .. } = self;
        Ok(Written { profile, waivers, settings, waived, defects })
    }
}

/// What is given of the endpoint. A proxy and a token of the environment stay there.
fn facts(given: &Resolved, profile: &Path, waivers: &Path) -> Facts {
    let from = profile.parent().unwrap_or(Path::new(""));
    let path = |path: &PathBuf| from_folder(from, path);
    let without_query = |url: &String| url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let proxy = given.proxy.as_ref().filter(|proxy| proxy.from != Origin::Environment);
    let (proxy, hides_password) =
        proxy.map_or((None, false), |proxy| without_password(&proxy.value));
    let (accounts, token_command) = match given.accounts.as_ref().map(|accounts| &accounts.value) {
        Some(Accounts::File(file)) => (Some(path(file)), None),
        Some(Accounts::Command(command)) => (None, Some(command.clone())),
        Some(Accounts::Token(_)) | None => (None, None),
    };
    Facts {
        target: given.target.as_ref().map(|target| without_query(&target.value)),
        upload_origin: given.upload_origin.as_ref().map(|origin| without_query(&origin.value)),
        allow: given.allow.iter().map(|host| host.value.clone()).collect(),
        accounts,
        token_command,
        tenants: given.tenants.value.iter().map(|tenant| tenant.0).collect(),
        proxy,
        hides_password,
        ca_cert: given.ca_cert.as_ref().map(|file| path(&file.value)),
        waivers: waivers.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        ..Facts::default()
    }
}

/// A proxy's URL without its password, and whether it had one.
fn without_password(text: &str) -> (Option<String>, bool) {
    let Ok(mut url) = Url::parse(text) else { return (None, false) };
    let has_password = url.password().is_some();
    // A URL with a password has a host, so that it can be taken out.
    let _ = url.set_password(None);
    (Some(url.to_string()), has_password)
}

/// A path as a file in this folder has to write it: from there where it lies below, else the whole one.
fn from_folder(folder: &Path, path: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (folder, path) = (whole(folder), whole(path));
    path.strip_prefix(&folder).unwrap_or(&path).display().to_string()
}

/// The waivers, how many of them hold, and how many are of defects and commented out.
fn drafted(record: &RunRecord, observed: &[Observed]) -> (String, usize, usize) {
    let mut places: BTreeMap<(bool, Place), (u64, String)> = BTreeMap::new();
    for found in &record.findings {
        let finding = &found.finding;
        let is_defect = match cause(finding, observed) {
            Cause::Settled => continue,
            Cause::Reading => false,
            Cause::Defect => true,
        };
        let (route, event) = (finding.route.as_ref(), finding.event.as_deref());
        let route = route.map(|route| route.as_str());
        // Another scenario will find the same.
        let place = Place::of(finding.clause, (route, event), &finding.pointer, "");
        let Some(place) = place else { continue };
        let (count, _) = places.entry((is_defect, place)).or_insert((0, finding.message.clone()));
        *count += 1;
    }
    let id = &record.run_id;
    let mut text = format!(
        "# Drafted by {id}: keep what you can live with, say why, and drop the rest.\n\
         # A waiver whose place comes out clean fails the run, unless it says\n\
         # `intermittent: true`.\n"
    );
    let Some(until) = last_day(&record.started_at) else { return (text + "[]\n", 0, 0) };
    let waived = places.keys().filter(|(is_defect, _)| !is_defect).count();
    let defects = places.len() - waived;
    if waived == 0 {
        text += "[]\n";
    }
    let mut was_defect = false;
    for ((is_defect, place), (count, message)) in &places {
        let reason = format!("drafted by {id} ({message}); say why");
        let one = entry(place, *count, &reason, until);
        if !is_defect {
            text += &format!("\n{one}");
            continue;
        }
        if !std::mem::replace(&mut was_defect, true) {
            text += "\n# No reading of the document allows what follows: runs fail on it until it is mended.\n";
        }
        text += "\n";
        for line in one.lines() {
            let line = line.trim_start_matches("# ");
            text += &format!("# {line}\n");
        }
    }
    (text, waived, defects)
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { profile, waivers, settings, waived, defects } = self;
        writeln!(f, "profile   {} ({settings} settings)", profile.display())?;
        write!(f, "waivers   {} ({waived} drafted", waivers.display())?;
        match defects {
            0 => writeln!(f, ")")?,
            1 => writeln!(f, ", 1 defect left to fail)")?,
            many => writeln!(f, ", {many} defects left to fail)")?,
        }
        write!(f, "next      deskbell run builtin:conformance --profile {}", profile.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, path: &str, expected: &str) {
        assert_eq!(from_folder(Path::new(folder), Path::new(path)), expected);
    }

    #[test]
    fn a_path_is_written_as_the_profile_has_to() {
        check("", "accounts.csv", "accounts.csv");
        check("uat", "uat/accounts.csv", "accounts.csv");
        check("/a/uat", "/a/ca.pem", "/a/ca.pem");
    }

    #[test]
    fn a_proxys_password_is_left_out() {
        let (proxy, hides) = without_password("http://me:secret@proxy.example.com:3128");
        assert_eq!((proxy.as_deref(), hides), (Some("http://me@proxy.example.com:3128/"), true));
    }
}
