//! The live display on stderr while a run goes on.
//!
//! It is drawn on a thread of its own, from the newest [`Snapshot`] that was put before it: a terminal
//! that takes nothing, stopped by Ctrl-S or lost, holds up that thread alone, and one snapshot waits.
//! Start from [`Progress`].

mod painter;
mod plain;
mod slot;
mod words;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use console::Term;

use crate::run::Snapshot;

use super::colour;
use painter::Painter;
use plain::PlainLines;
use slot::{Slot, Told};

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressKind {
    /// A few lines that are drawn anew on a terminal, plain lines elsewhere.
    #[default]
    Auto,
    /// A line each few seconds.
    Plain,
    /// Nothing.
    None,
}

/// Shows how a run stands until it is dropped. It never holds up a run: what cannot be shown is let go.
pub(super) struct Progress(Option<Arc<Slot>>);

/// Says something to whoever looks at stderr, above a display where there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Voice(Option<Arc<Slot>>);

/// How often a display looks whether its terminal has another size.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long the display may take to leave the terminal; one that is stopped keeps it.
const LEAVE_WITHIN: Duration = Duration::from_secs(1);

impl Progress {
    /// Shows on stderr.
    pub(super) fn start(kind: ProgressKind) -> Self {
        let stderr = io::stderr();
        let display = match kind {
            ProgressKind::Auto if stderr.is_terminal() && !colour::is_dumb() => {
                Display::Live(Box::new(Live::new(Term::stderr())))
            }
            ProgressKind::Auto | ProgressKind::Plain => {
                Display::Plain(PlainLines::new(Box::new(stderr)))
            }
            ProgressKind::None => return Self(None),
        };
        let slot = Arc::new(Slot::default());
        let watched = Arc::clone(&slot);
        let thread = thread::Builder::new().name("display".into());
        // A run without its display is worth more than none.
        Self(thread.spawn(move || display.follow(&watched)).is_ok().then_some(slot))
    }

    /// Shows how the run stands; may be called as often as there is news.
    pub(super) fn show(&self, snapshot: &Snapshot) {
        if let Some(slot) = &self.0 {
            slot.put(snapshot.clone());
        }
    }

    /// For what is to be said meanwhile.
    pub(super) fn voice(&self) -> Voice {
        Voice(self.0.clone())
    }
}

impl Drop for Progress {
    /// Takes the display off the terminal.
    fn drop(&mut self) {
        if let Some(slot) = &self.0 {
            slot.close(LEAVE_WITHIN);
        }
    }
}

impl Voice {
    /// Says a line. A stderr that takes nothing holds up nobody.
    pub(super) fn say(&self, line: &str) {
        let Some(line) =
            self.0.as_ref().map_or_else(|| Some(line.to_owned()), |slot| slot.say(line.to_owned()))
        else {
            return;
        };
        // Where there is no thread, or stderr is closed, nobody is there to be told.
        let _ = thread::Builder::new().spawn(move || writeln!(io::stderr(), "{line}"));
    }
}

enum Display {
    Live(Box<Live>),
    Plain(PlainLines),
}

impl Display {
    /// Shows what comes, until the run is over.
    fn follow(mut self, slot: &Slot) {
        loop {
            let Told { snapshot, notes, is_over } = slot.next(LOOK_EVERY);
            // What cannot be shown is no reason to end a run.
            let _ = match &mut self {
                Self::Live(live) => live.show(snapshot, &notes),
                Self::Plain(plain) => plain.show(snapshot.as_ref(), &notes),
            };
            if is_over {
                break;
            }
        }
        if let (Self::Live(live), true) = (&mut self, slot.is_awaited()) {
            let _ = live.leave();
        }
        slot.leave();
    }
}

/// A display that is drawn anew.
struct Live {
    terminal: Term,
    is_coloured: bool,
    painter: Painter,
    shown: Option<Snapshot>,
    size: (usize, usize),
}

impl Live {
    fn new(terminal: Term) -> Self {
        let is_coloured = colour::suits(&io::stderr());
        Self { terminal, is_coloured, painter: Painter::default(), shown: None, size: (0, 0) }
    }

    /// Draws where there is something to say or to show, or the terminal has another size.
    fn show(&mut self, snapshot: Option<Snapshot>, notes: &[String]) -> io::Result<()> {
        let (rows, columns) = self.terminal.size();
        let size = (usize::from(rows), usize::from(columns));
        let has_news = snapshot.is_some() || !notes.is_empty() || size != self.size;
        self.size = size;
        self.shown = snapshot.or(self.shown.take());
        let lines = match &self.shown {
            Some(shown) if has_news => words::lines(shown, size, self.is_coloured),
            None if !notes.is_empty() => Vec::new(),
            _ => return Ok(()),
        };
        self.terminal.write_str(&self.painter.frame(notes, &lines, size.1))
    }

    fn leave(&mut self) -> io::Result<()> {
        let (_, columns) = self.terminal.size();
        self.terminal.write_str(&self.painter.clear(columns.into()))
    }
}
