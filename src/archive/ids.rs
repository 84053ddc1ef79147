//! `ids.bin`: the ids that other shards of a run are held to.

use std::path::Path;

use crate::conformance::IdSets;
use crate::run::IDS_FILE;

use super::{ArchiveError, file};

/// How large the file may be, in bytes: 40 million sessions with two messages each take less.
const LARGEST: u64 = 1 << 30;

/// The ids that a run saw, as its folder has them. What is taken for them goes by the size of the file.
///
/// # Errors
/// A file that is missing, cannot be read, was cut or changed, or is of another version of the format.
pub fn read_ids(folder: &Path) -> Result<IdSets, ArchiveError> {
    let path = folder.join(IDS_FILE);
    let bytes = file::whole(&path, LARGEST)?;
    IdSets::decode(&bytes).map_err(|source| ArchiveError::Ids { path, source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::conformance::{Census, Claim};
    use crate::protocol::{AccountNo, DeviceNo, SessionId};

    use super::*;

    #[track_caller]
    fn check_refused(folder: &Path, why: &str) {
        let told = read_ids(folder).unwrap_err().to_string();
        let path = folder.join(IDS_FILE).display().to_string();
        assert!(told.starts_with(&path) && told.contains(why), "{told}");
    }

    #[test]
    fn ids_are_read_as_they_were_written_or_refused_by_the_name_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        check_refused(folder.path(), "is missing");
        let mut census = Census::new(Vec::new());
        let (account, device, at) = (AccountNo(3), DeviceNo(0), std::time::Duration::ZERO);
        let session = SessionId::new("a");
        census.take(0, Claim::Session { session, account, device, at });
        let (_, _, ids) = census.finish();
        let bytes = ids.encode();
        fs::write(folder.path().join(IDS_FILE), &bytes).unwrap();
        assert_eq!(read_ids(folder.path()).unwrap(), ids);
        fs::write(folder.path().join(IDS_FILE), &bytes[..bytes.len() - 1]).unwrap();
        check_refused(folder.path(), "it was cut off or changed");
    }
}
