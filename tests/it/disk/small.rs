//! A disk of a few kilobytes, `disk` in the folder of a test; what stands there in the end is in `kept`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::process::{Desk, Going};

/// How a process gets a file system of its own; `None` where this machine lets nobody have one.
static NAMESPACE: LazyLock<Option<&[&str]>> = LazyLock::new(|| {
    let ways: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-Urm"]];
    ways.into_iter().find(|way| {
        let folder = tempfile::tempdir().unwrap();
        let mount = ["mount", "-t", "tmpfs", "none"];
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(mount).arg(folder.path()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
});

/// A run whose `disk` has room for so many bytes. Where there can be no such disk, no file of the run may
/// become larger, which looks much the same to it.
pub(super) struct Small {
    pub(super) going: Going,
    folder: PathBuf,
}

impl Small {
    pub(super) fn start(desk: &Desk, bytes: u32, args: &[&str]) -> Self {
        let folder = desk.path("disk");
        fs::create_dir(&folder).unwrap();
        let size = format!("size={bytes}");
        let keep = "mount -t tmpfs -o \"$0\" none disk && { \"$@\"; code=$?; \
                    cp -R disk kept; exit \"$code\"; }";
        let limit = format!("--fsize={bytes}");
        let going = match *NAMESPACE {
            Some(way) => desk.start_by(&[way, &["sh", "-c", keep, &size]].concat(), args),
            None => {
                std::os::unix::fs::symlink("disk", desk.path("kept")).unwrap();
                desk.start_by(&["prlimit", &limit], args)
            }
        };
        Self { going, folder }
    }

    /// Fills the disk to the brim.
    pub(super) fn fill(&self) {
        if NAMESPACE.is_none() {
            let (id, limit) = (self.going.id().to_string(), "--fsize=1");
            let limited = Command::new("prlimit").args(["--pid", &id, limit]).status();
            assert!(limited.unwrap().success());
            return;
        }
        // The same folder as the process sees it.
        let folder = self.folder.strip_prefix("/").unwrap();
        let seen = PathBuf::from(format!("/proc/{}/root", self.going.id())).join(folder);
        let mut filler = fs::File::create(seen.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        while filler.write_all(&[0]).is_ok() {}
    }
}
