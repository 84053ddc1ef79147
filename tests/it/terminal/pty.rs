//! A pseudo-terminal, and what a person would see on it.

use std::fs::File;
use std::io::Read;
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Action, Winsize, tcflow, tcsetwinsize};

use crate::process::PATIENCE;

/// A terminal of which everything is read as soon as it is written.
pub(super) struct Terminal {
    /// Where programs write; kept open until the end, so that what they wrote is read.
    near: Option<OwnedFd>,
    far: File,
    seen: Arc<Seen>,
    reading: Option<JoinHandle<()>>,
}

struct Seen {
    state: Mutex<State>,
    news: Condvar,
}

struct State {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

impl Terminal {
    pub(super) fn open(rows: u16, columns: u16) -> Self {
        let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&far).unwrap();
        unlockpt(&far).unwrap();
        let name = ptsname(&far, Vec::new()).unwrap();
        let near = rustix::fs::open(&name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let (height, width) = sides(rows, columns);
        let state = State { parser: vt100::Parser::new(height, width, 0), raw: Vec::new() };
        let seen = Arc::new(Seen { state: Mutex::new(state), news: Condvar::new() });
        let (reader, told) = (File::from(far.try_clone().unwrap()), Arc::clone(&seen));
        let reading = thread::spawn(move || read_all(reader, &told));
        let terminal = Self { near: Some(near), far: far.into(), seen, reading: Some(reading) };
        terminal.resize(rows, columns);
        terminal
    }

    /// For a program to write on.
    pub(super) fn stream(&self) -> Stdio {
        self.near.as_ref().expect("it has not ended").try_clone().unwrap().into()
    }

    pub(super) fn resize(&self, rows: u16, columns: u16) {
        // Nothing that was written for the new size is read before this.
        let mut state = self.seen.state.lock().unwrap();
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.far, size).unwrap();
        let (height, width) = sides(rows, columns);
        state.parser.screen_mut().set_size(height, width);
    }

    /// Takes nothing any more, as after Ctrl-S.
    pub(super) fn stop(&self) {
        tcflow(self.near.as_ref().expect("it has not ended"), Action::OOff).unwrap();
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(super) fn wait(&self, is_fine: impl Fn(&str) -> bool) {
        let state = self.seen.state.lock().unwrap();
        let is_amiss = |state: &mut State| !is_fine(&state.parser.screen().contents());
        let (state, waited) = self.seen.news.wait_timeout_while(state, PATIENCE, is_amiss).unwrap();
        assert!(!waited.timed_out(), "{}", state.parser.screen().contents());
    }

    pub(super) fn screen(&self) -> String {
        self.seen.state.lock().unwrap().parser.screen().contents()
    }

    /// All that was written, as it was written.
    pub(super) fn raw(&self) -> String {
        String::from_utf8(self.seen.state.lock().unwrap().raw.clone()).unwrap()
    }

    /// The screen once every program on it has ended.
    pub(super) fn end(&mut self) -> String {
        self.near = None;
        if let Some(reading) = self.reading.take() {
            reading.join().unwrap();
        }
        self.screen()
    }
}

fn sides(rows: u16, columns: u16) -> (NonZeroU16, NonZeroU16) {
    (rows.try_into().unwrap(), columns.try_into().unwrap())
}

fn read_all(mut from: File, seen: &Seen) {
    let mut bytes = [0; 4096];
    // Where no program is left on a terminal, reading it is an error.
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        let mut state = seen.state.lock().unwrap();
        state.parser.process(&bytes[..length]);
        state.raw.extend_from_slice(&bytes[..length]);
        seen.news.notify_all();
    }
}
