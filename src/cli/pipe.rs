//! Stdout and stderr as every command gets them: a reader who goes, as `head` does, ends no command.

use std::io::{self, Write};

/// A stream that takes everything once its reader is gone, so that a command does what it has to, and
/// ends with its own exit status, without a word about it.
pub(super) struct UntilClosed<'a> {
    to: &'a mut dyn Write,
    is_closed: bool,
}

impl<'a> UntilClosed<'a> {
    pub(super) fn new(to: &'a mut dyn Write) -> Self {
        Self { to, is_closed: false }
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
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
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
    struct Failing(Option<io::ErrorKind>, usize);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.0 {
                Some(kind) if self.1 > 1 => Err(kind.into()),
                _ => Ok(bytes.len()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What becomes of three writes, and how many of them got through to a stream that fails.
    #[track_caller]
    fn check(failure: io::ErrorKind, expected: Option<io::ErrorKind>, tried: usize) {
        let mut failing = Failing(Some(failure), 0);
        let mut stream = UntilClosed::new(&mut failing);
        let written = (0..3).try_for_each(|_| writeln!(stream).and_then(|()| stream.flush()));
        assert_eq!(written.err().map(|error| error.kind()), expected);
        assert_eq!(failing.1, tried);
    }

    #[test]
    fn a_reader_who_is_gone_is_no_error_and_a_full_disk_is() {
        check(io::ErrorKind::BrokenPipe, None, 2);
        check(io::ErrorKind::StorageFull, Some(io::ErrorKind::StorageFull), 2);
    }
}
