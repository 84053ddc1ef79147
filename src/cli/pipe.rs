//! Stdout and stderr as every command gets them: a reader who goes, as `head` does, ends no command.

use std::io::{self, Write};

use rustix::io::Errno;

/// A stream that takes everything once its reader is gone, so that a command does what it has to, and
/// ends with its own exit status, without a word about it.
pub(super) struct UntilClosed<'a> {
    to: &'a mut dyn Write,
    is_terminal: bool,
    is_closed: bool,
}

impl<'a> UntilClosed<'a> {
    /// A stream, and whether it is a terminal now: of one that was closed nobody can tell any more.
    pub(super) fn new(to: &'a mut dyn Write, is_terminal: bool) -> Self {
        Self { to, is_terminal, is_closed: false }
    }

    /// Whether an error says that the reader is gone: of a pipe, or of a terminal that was closed.
    fn is_gone(&self, error: &io::Error) -> bool {
        let is_lost = error.raw_os_error() == Some(Errno::IO.raw_os_error());
        error.kind() == io::ErrorKind::BrokenPipe || self.is_terminal && is_lost
    }

    fn unless_closed<T>(
        &mut self,
        otherwise: T,
        write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.is_closed {
            return Ok(otherwise);
        }
        match write(self.to) {
            Err(error) if self.is_gone(&error) => {
                self.is_closed = true;
                Ok(otherwise)
            }
            done => done,
        }
    }
}

impl Write for UntilClosed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_closed(bytes.len(), |to| to.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_closed((), |to| to.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes one write, and then fails.
    struct Failing(fn() -> io::Error, usize);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            if self.1 > 1 { Err((self.0)()) } else { Ok(bytes.len()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Whether three writes are taken, and how many of them got through to a stream that fails.
    #[track_caller]
    fn check(failure: fn() -> io::Error, is_terminal: bool, expected: (bool, usize)) {
        let mut failing = Failing(failure, 0);
        let mut stream = UntilClosed::new(&mut failing, is_terminal);
        let written = (0..3).try_for_each(|_| writeln!(stream).and_then(|()| stream.flush()));
        assert_eq!((written.is_ok(), failing.1), expected);
    }

    #[test]
    fn a_reader_who_is_gone_is_no_error_and_a_disk_that_is_full_or_broken_is() {
        let gone = || io::ErrorKind::BrokenPipe.into();
        let full = || io::ErrorKind::StorageFull.into();
        check(gone, false, (true, 2));
        check(full, false, (false, 2));
        check(full, true, (false, 2));
        check(|| Errno::IO.into(), true, (true, 2));
        check(|| Errno::IO.into(), false, (false, 2));
    }
}
