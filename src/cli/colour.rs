//! Whether output may be coloured.

use std::io::IsTerminal;

/// On a terminal, unless `NO_COLOR` is set.
pub(super) fn suits(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none()
}
