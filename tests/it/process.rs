//! The real binary as a user starts it: in an empty folder, without our own environment.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread;
use std::time::Duration;

use regex::Regex;
use tempfile::TempDir;

/// How long anything may take: far more than it does on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A folder to work in, gone at the end. What deskbell prints and leaves there is looked through: no
/// access token and, unless it was asked for, nothing personal may stand in it.
pub(crate) struct Desk {
    folder: TempDir,
    /// Files that the test itself wrote.
    given: RefCell<BTreeSet<PathBuf>>,
    /// Whether a process was told to show personal data.
    shows_personal_data: Cell<bool>,
}

/// How a process ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A process that goes on; it is killed where nobody waits for its end.
pub(crate) struct Going {
    child: Option<Child>,
    /// What may not stand in its output.
    unsaid: &'static [&'static LazyLock<Regex>],
    /// Kept open once it was listened to, so that the process can go on printing.
    err: Option<BufReader<ChildStderr>>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            given: RefCell::default(),
            shows_personal_data: Cell::default(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file for a process to write to.
    pub(crate) fn new_file(&self, name: &str) -> fs::File {
        fs::File::create(self.path(name)).unwrap()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
        self.given.borrow_mut().insert(name.into());
    }

    /// Every file and folder, hidden ones included.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        names_below(self.folder.path(), "", &mut names);
        names.sort();
        names
    }

    /// A process of deskbell that has ended.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, &[])
    }

    /// As [`Self::run`], with variables in its environment.
    pub(crate) fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Ended {
        self.start_with(args, environment).end()
    }

    /// As [`Self::run`], with a text on stdin.
    pub(crate) fn run_told(&self, args: &[&str], input: &str) -> Ended {
        self.write("stdin", input);
        let stdin = fs::File::open(self.path("stdin")).unwrap().into();
        self.start_from(stdin, args, &[]).end()
    }

    /// A process of deskbell that goes on.
    pub(crate) fn start(&self, args: &[&str]) -> Going {
        self.start_with(args, &[])
    }

    /// As [`Self::start`], by another program that becomes deskbell, as `env` does.
    pub(crate) fn start_by(&self, program: &[&str], args: &[&str]) -> Going {
        let command = self.command_by(program, args, &[]);
        self.going(command, args)
    }

    /// As [`Self::start`], with variables in its environment.
    pub(crate) fn start_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Going {
        self.start_from(Stdio::null(), args, environment)
    }

    /// The command itself, for whoever gives it streams of another kind.
    pub(crate) fn command(&self, args: &[&str], environment: &[(&str, &str)]) -> Command {
        self.command_by(&[], args, environment)
    }

    /// As [`Self::command`], by another program with arguments of its own.
    pub(crate) fn command_by(
        &self,
        program: &[&str],
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Command {
        let line = [program, &[env!("CARGO_BIN_EXE_deskbell")], args].concat();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(self.folder.path()).stdin(Stdio::null());
        let ours = std::env::vars_os().map(|(name, _)| name);
        for name in ours.filter(|name| is_obeyed(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied());
        command
    }

    fn start_from(&self, stdin: Stdio, args: &[&str], environment: &[(&str, &str)]) -> Going {
        let mut command = self.command(args, environment);
        command.stdin(stdin);
        self.going(command, args)
    }

    fn going(&self, mut command: Command, args: &[&str]) -> Going {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let shows_personal_data = args.contains(&"--show-personal-data");
        if shows_personal_data {
            self.shows_personal_data.set(true);
        }
        let unsaid = match args.first() {
            Some(&"token") => &[],
            _ if shows_personal_data => &UNSAID[..1],
            _ => &UNSAID[..],
        };
        Going { child: Some(command.spawn().unwrap()), unsaid, err: None }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let unsaid = if self.shows_personal_data.get() { &UNSAID[..1] } else { &UNSAID[..] };
        for name in self.names() {
            let path = self.path(&name);
            if path.is_file() && !self.given.borrow().contains(Path::new(&name)) {
                let bytes = fs::read(&path).unwrap_or_default();
                look_through(&name, &String::from_utf8_lossy(&bytes), unsaid);
            }
        }
    }
}

/// What nobody may read: access tokens, and what the reference server knows of its tenants.
static UNSAID: [&LazyLock<Regex>; 2] = [&TOKEN, &PERSONAL];

static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}").unwrap());

static PERSONAL: LazyLock<Regex> = LazyLock::new(|| {
    let names = "anong|somsak|somchai|malee|niran|pim|wichai|kanya";
    let told = format!(r"({names})\.\d+|08000000\d\d|ID-0000\d\d|Thank you for message");
    Regex::new(&told).unwrap()
});

#[track_caller]
fn look_through(name: &str, text: &str, unsaid: &[&LazyLock<Regex>]) {
    for pattern in unsaid {
        let leak = pattern.find(text).map(|found| found.as_str());
        assert_eq!(leak, None, "in {name}");
    }
}

impl Going {
    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("it has not ended").id()
    }

    /// Sends a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        send(name, self.id());
    }

    /// Waits until a line on stderr holds this, and gives the line; what stands there until then is not in
    /// [`Ended::err`].
    #[track_caller]
    pub(crate) fn hear(&mut self, part: &str) -> String {
        let child = self.child.as_mut().expect("it has not ended");
        let err = self.err.get_or_insert_with(|| {
            BufReader::new(child.stderr.take().expect("it is piped, and nobody else has it"))
        });
        let heard = err.lines().map(Result::unwrap).find(|line| line.contains(part));
        heard.unwrap_or_else(|| panic!("deskbell ended without saying {part:?}"))
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut().expect("nobody has waited for it");
        child.try_wait().unwrap().is_some()
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let child = self.child.take().expect("nobody has waited for it");
        let id = child.id();
        let (tell, told) = mpsc::channel();
        let rest = self.err.take().map(|mut err| {
            thread::spawn(move || {
                let mut rest = String::new();
                err.read_to_string(&mut rest).unwrap();
                rest
            })
        });
        thread::spawn(move || tell.send(child.wait_with_output()));
        let in_time = told.recv_timeout(PATIENCE);
        if in_time.is_err() {
            send("KILL", id);
        }
        let is_late = in_time.is_err();
        let output = in_time.unwrap_or_else(|_| told.recv().unwrap()).unwrap();
        let [out, mut err] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        if let Some(rest) = rest {
            err = rest.join().unwrap();
        }
        assert!(!is_late, "deskbell did not end within {PATIENCE:?}: {err}{out}");
        look_through("stdout", &out, self.unsaid);
        look_through("stderr", &err, self.unsaid);
        Ended { code: output.status.code(), out, err }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // One that has ended by itself cannot be killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// `deskbell serve` on a free port.
pub(crate) struct Serving {
    pub(crate) going: Going,
    pub(crate) target: String,
    /// Kept open, so that the server can go on printing.
    out: BufReader<ChildStdout>,
}

impl Serving {
    pub(crate) fn start(desk: &Desk) -> Self {
        Self::start_with(desk, &[])
    }

    /// With further options.
    pub(crate) fn start_with(desk: &Desk, options: &[&str]) -> Self {
        Self::start_at(desk, "127.0.0.1:0", options)
    }

    /// At an address, such as that of one that is gone.
    pub(crate) fn start_at(desk: &Desk, address: &str, options: &[&str]) -> Self {
        Self::start_all(desk, &[], address, options)
    }

    /// By another program that becomes deskbell.
    pub(crate) fn start_by(desk: &Desk, program: &[&str], options: &[&str]) -> Self {
        Self::start_all(desk, program, "127.0.0.1:0", options)
    }

    fn start_all(desk: &Desk, program: &[&str], address: &str, options: &[&str]) -> Self {
        let args = [&["serve", "--listen", address], options].concat();
        let mut going = desk.start_by(program, &args);
        let child = going.child.as_mut().expect("it has just been started");
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let target = line.trim().strip_prefix("listening on ").expect("it tells where").to_owned();
        Self { going, target, out }
    }

    /// Where it listens, without scheme and path.
    pub(crate) fn address(&self) -> String {
        let address = self.target.trim_start_matches("ws://").trim_end_matches("/uat");
        address.to_owned()
    }

    /// Kills it, and waits until it is gone.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Ends it, and tells what it printed since it began to listen.
    pub(crate) fn end(mut self) -> String {
        self.going.signal("TERM");
        let mut told = String::new();
        self.out.read_to_string(&mut told).unwrap();
        assert_eq!(self.going.end().code, Some(0));
        told
    }
}

/// Whether deskbell does something else where this variable is set.
fn is_obeyed(variable: &str) -> bool {
    const OF_COLOUR: [&str; 3] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"];
    const OF_ENGINES: [&str; 7] = [
        "CI_NODE_",
        "STRATEGY_JOB_",
        "JOB_COMPLETION_INDEX",
        "AWS_BATCH_JOB_ARRAY_",
        "SLURM_",
        "NOMAD_ALLOC_INDEX",
        "CLOUD_RUN_TASK_",
    ];
    variable.starts_with("DESKBELL_")
        || OF_ENGINES.iter().any(|engine| variable.starts_with(engine))
        || variable.to_ascii_lowercase().ends_with("_proxy")
        || OF_COLOUR.contains(&variable)
}

/// Sends a signal, by its name, to a process.
pub(crate) fn send(signal: &str, id: u32) {
    let status = Command::new("kill").args([format!("-{signal}"), id.to_string()]).status();
    assert!(status.unwrap().success(), "kill -{signal} {id}");
}

fn names_below(folder: &Path, before: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().expect("it was listed").to_string_lossy();
        let name = format!("{before}{name}");
        if path.is_dir() {
            names_below(&path, &format!("{name}/"), names);
        }
        names.push(name);
    }
}
