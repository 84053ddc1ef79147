//! The test data: bad scenarios with what exactly is told about them, and good ones.

use std::path::Path;
use std::{env, fs};

use super::*;

#[test]
fn each_bad_scenario_is_told_exactly() {
    let update = env::var_os("UPDATE_GOLDEN").is_some();
    let files = yaml_files(&format!("{TESTDATA}/bad"));
    assert!(files.len() >= 60, "{} bad scenarios", files.len());
    for path in files {
        let mistakes = read_testdata(&path).expect_err(&format!("{} is bad", path.display()));
        let told = render(&mistakes, false);
        let golden = path.with_extension("txt");
        if update {
            fs::write(&golden, &told).expect("goldens can be written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(told, expected, "{}", path.display());
    }
}

#[test]
fn each_good_scenario_is_read() {
    let files = yaml_files(&format!("{TESTDATA}/ok"));
    assert!(!files.is_empty());
    for path in files {
        if let Err(mistakes) = read_testdata(&path) {
            panic!("{mistakes}");
        }
    }
}

fn read_testdata(path: &Path) -> Result<Scenario, Diagnostics> {
    let name = path.file_name().expect("files have names").to_string_lossy();
    let text = fs::read_to_string(path).expect("test data is text");
    parse(SourceFile::new(name, text), path.parent(), &context())
}
