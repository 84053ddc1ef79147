//! Whole profiles in, facts or exact diagnostics out.

use std::time::Duration;
use std::{env, fs, io};

use super::*;
use crate::scenario::model::{Habit, Settings, Until};
use crate::scenario::render;
use crate::scenario::tests::yaml_files;

const TESTDATA: &str = "src/scenario/testdata/profile";

fn environment(name: &str) -> Option<String> {
    match name {
        "PROXY_PASSWORD" => Some("open sesame".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn read(path: &Path, text: &str) -> Result<Profile, Diagnostics> {
    let read_file = |wanted: &Path| -> io::Result<Vec<u8>> {
        if wanted == path { Ok(text.into()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    let context =
        ParseContext { env: &environment, read_file: &read_file, list_folder: &|_| Ok(None) };
    load_profile(path, NamedFiles::Left, &context)
}

#[test]
fn each_bad_profile_is_told_exactly() {
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let files = yaml_files(&format!("{TESTDATA}/bad"));
    assert!(files.len() >= 8, "{} bad profiles", files.len());
    for path in files {
        let name = path.file_name().expect("files have names");
        let text = fs::read_to_string(&path).expect("test data is text");
        let mistakes = read(Path::new(name), &text).err().expect("it is bad");
        let told = render(&mistakes, false);
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &told).expect("goldens can be written");
        }
        assert_eq!(told, fs::read_to_string(&golden).unwrap_or_default(), "{}", path.display());
        assert!(!told.contains("not-for-other-eyes"), "{told}");
    }
}

#[test]
fn every_key_comes_to_what_it_says() {
    let path = format!("{TESTDATA}/ok/every-key.yaml");
    let text = fs::read_to_string(&path).expect("test data is text");
    let profile = read(Path::new(&path), &text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let beside = |name: &str| Some(PathBuf::from(format!("{TESTDATA}/ok/{name}")));
    assert_eq!(profile.file, path);
    assert_eq!(profile.target.as_deref(), Some("wss://uat.example.com/uat"));
    assert_eq!(profile.upload_origin.as_deref(), Some("https://uat.example.com"));
    assert_eq!(profile.allow, ["uat.example.com", "files.example.com"]);
    assert_eq!(profile.token_command.as_deref(), Some("./token.sh ${STAGE}"));
    assert_eq!(profile.tenants, [TenantId(34), TenantId(35)]);
    let proxy = "http://guest:open sesame@proxy.example.com:3128";
    assert_eq!(profile.proxy.as_deref(), Some(proxy));
    assert_eq!((profile.ca_cert, profile.waivers), (beside("ca.pem"), beside("waivers.yaml")));
    let settings = profile.settings.iter().fold(Settings::default(), |base, one| one.over(base));
    let expected = Settings {
        delivery_timeout: Duration::from_secs(10),
        own_echo: Habit::Accept,
        ..Settings::default()
    };
    assert_eq!(settings, expected);
    let thresholds: Vec<_> = profile.thresholds.iter().map(ToString::to_string).collect();
    assert_eq!(thresholds, ["send_to_event.p99 < 2s", "errors.rate < 1%"]);
    let caps =
        Caps { devices: NonZeroU32::new(20), sends_per_s: Some(5.0), connects_per_s: Some(10.0) };
    assert_eq!(profile.caps, caps);
    let load = LoadChange {
        devices: NonZeroU32::new(2),
        until: Some(Until::Iterations(3)),
        ramp_up: Some(Duration::from_secs(1)),
        abort_on: Threshold::parse("errors.rate > 20%").ok(),
        ..LoadChange::default()
    };
    assert_eq!(profile.load, load);
    assert_eq!(profile.warnings, [""; 0]);
}

#[test]
fn the_document_shows_every_key_and_only_what_is_read() {
    let text = fs::read_to_string("docs/profile.md").expect("the document is there");
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let profiles: Vec<_> =
        blocks.filter(|block| block.starts_with("# yaml-language-server")).collect();
    let [profile] = profiles[..] else { panic!("it shows {} profiles", profiles.len()) };
    accepted(profile);
    let is_shown = |name: &str| profile.contains(&format!("{name}:"));
    assert!(PROFILE.keys().all(|key| is_shown(key.name)), "a key is left out");
}

#[track_caller]
fn accepted(text: &str) -> Profile {
    read(Path::new("uat.yaml"), text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn a_load_changes_only_what_it_gives() {
    assert_eq!(accepted("target: ws://localhost/uat").load, LoadChange::default());
    let staged = accepted("load: { stages: [{ rate: 5/s, for: 2s }] }").load;
    assert_eq!((staged.stages.len(), staged.until), (1, None));
    let rated = accepted("load: { rate: 5/s }").load;
    assert_eq!((rated.rate, rated.until, rated.devices), (Some(5.0), None, None));
}

#[test]
fn a_password_in_the_file_is_warned_about() {
    let profile = accepted("allow: []\nproxy: http://me:not-for-other-eyes@p.example.com\n");
    let [warning] = &profile.warnings[..] else { panic!("{:?}", profile.warnings) };
    assert!(warning.starts_with("uat.yaml:2:8: `proxy` holds a password"), "{warning}");
    assert!(!warning.contains("not-for-other-eyes"));
}

#[test]
fn a_mistake_found_later_is_told_at_its_key_and_shows_no_password() {
    let profile = accepted("proxy: ftp://me:not-for-other-eyes@p.example.com\n");
    let told = profile.mistake("proxy", "it is no proxy", "write a URL").to_string();
    assert!(told.contains("uat.yaml:1:8") && told.contains("me:******"), "{told}");
    assert!(!told.contains("not-for-other-eyes"), "{told}");
}

#[test]
fn a_profile_is_told_from_a_scenario_and_from_waivers() {
    let check = |text: &str, expected: bool| {
        let read_file = |_: &Path| -> io::Result<Vec<u8>> { Ok(text.into()) };
        let context =
            ParseContext { env: &environment, read_file: &read_file, list_folder: &|_| Ok(None) };
        assert_eq!(holds_profile("a.yaml", &context), expected, "{text}");
    };
    check("target: ws://localhost/uat", true);
    check("settings: {}", true);
    check("token: x", true);
    check("tarjet: x\nallow: []", true);
    check("name: x\nflow: [init]\nsettings: {}", false);
    check("- { clause: ENV-5 }", false);
    check("", false);
    check("[", false);
}
